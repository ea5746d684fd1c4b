"""What a picture shows: weights, ONNX sessions, decoding and training. Knows no other room."""
