// quantize/report.h — what became of each operator, and why.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kelt::quantize {

struct Line {
  std::string layer;
  std::string op;             // "CONV_2D"
  std::string form;           // "int8-dynamic"
  std::string asked;          // by the recipe
  std::string why;            // of another form than was asked for
  uint64_t bytes_before = 0;  // of its weights
  uint64_t bytes_after = 0;
  std::string weights = {};  // how their integers were chosen: "gptq", "clip" or "min-max"; empty where they are floats
};

// A layer, or several that share weights, quantized by itself (search/).
struct Effect {
  std::string layer;
  std::string form;
  double snr = 0;           // dB, of the outputs
  int64_t bytes_saved = 0;  // of the file
};

struct Report {
  std::vector<Line> lines;  // of each operator that has a form, or was asked to have one, in order of execution
  std::vector<std::string> notes;
  std::string recipe;           // JSON, by which this was done
  std::vector<Effect> effects;  // that were measured on the way to it
};

// A table a form, with the operators that have another than was asked for, and the reasons.
[[nodiscard]] std::string to_text(const Report& report);
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace kelt::quantize
