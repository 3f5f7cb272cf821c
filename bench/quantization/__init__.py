"""kelt's quantized files beside those of TensorFlow's converter and of litert-quantizer, on one fixed set of models."""
