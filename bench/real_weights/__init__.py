"""Models with the weights that people use, quantized: what is lost of what they are for."""
