"""The same job in other libraries' hands. Run in an environment of their own, never by Vigil's."""
