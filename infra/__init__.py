"""What Vigil stands on: the embedded stack, the demo footage, the doctor, and deployment files.

Run by the command line; knows no other room.
"""
