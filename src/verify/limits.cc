// verify/limits.cc — the limits of quantized files, in dB.
//
// Measured over four models with trained weights or statistics of their own (bench/quantization: a convnet and a transformer on digits,
// CREPE, MobileNetV2) in every recipe, 8 samples each: the worst layer alone, the worst output. A limit is 10 dB below, three times
// the noise, though nowhere below 0. What the operators of a wrong file give is far below that, or breaks what is asked of each constant
// (verify/weights.h).
//
//                  worst layer   worst output
//   fp16              69.9           40.8
//   int8-weights      36.1           23.8
//   int8-dynamic      34.7           20.9
//   int4, blocks      20.2            8.2
//   int8-static       27.3           13.3
//   int16x8           36.1           20.2
//
// Operators on floats give the same bits. int2 is what normal weights make of one layer.

#include "verify/limits.h"

#include <array>
#include <cstdio>

namespace kelt::verify {
namespace {

using quantize::Form;
using quantize::Kind;

struct Line {
  Form form;
  FormLimit limit;
};

// clang-format off
constexpr Line kLimits[] = {
    {{.kind = Kind::kFloat}, {100, 80}},
    {{.kind = Kind::kHalf}, {60, 30}},
    {{.kind = Kind::kWeights, .bits = 8}, {26, 13}},
    {{.kind = Kind::kDynamic, .bits = 8}, {25, 10}},
    {{.kind = Kind::kDynamic, .bits = 4}, {10, 0}},
    {{.kind = Kind::kDynamic, .bits = 2}, {2, 0}},
    {{.kind = Kind::kStatic, .bits = 8, .activation_bits = 8}, {17, 3}},
    {{.kind = Kind::kStatic, .bits = 8, .activation_bits = 16}, {26, 10}},
    {{.kind = Kind::kStatic, .bits = 4, .activation_bits = 8}, {10, 0}},
};
// clang-format on

}  // namespace

FormLimit limit_of(const Form& form) {
  for (const Line& line : kLimits) {
    const bool integers = form.kind != Kind::kFloat && form.kind != Kind::kHalf;
    const bool bits = !integers || line.form.bits == form.bits;
    const bool activations = form.kind != Kind::kStatic || line.form.activation_bits == form.activation_bits;
    if (line.form.kind == form.kind && bits && activations) return line.limit;
  }
  return limit_of(Form{.kind = Kind::kDynamic, .bits = form.bits <= 2 ? 2 : 4});
}

double least_weights_snr(int bits) {
  switch (bits) {
    case 2: return 0;
    case 4: return 5;
    case 8: return 15;
    case 16: return 60;
    default: return 80;
  }
}

std::string decibels(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f dB", value);
  return text.data();
}

}  // namespace kelt::verify
