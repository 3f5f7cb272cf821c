#include "search/trials.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include "calibrate/runner.h"

namespace kelt::search {
namespace {

using runtime::Input;
using runtime::Output;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::span<const float> floats_in(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

// Sums over the samples, of an output.
struct Sums {
  double signal = 0;
  double noise = 0;

  void add(std::span<const float> wanted, std::span<const float> got) {
    if (wanted.size() != got.size()) noise = kInfinite;
    for (size_t i = 0; i < std::min(wanted.size(), got.size()); ++i) {
      if (!std::isfinite(wanted[i])) {  // a mask, say
        noise += wanted[i] == got[i] || (std::isnan(wanted[i]) && std::isnan(got[i])) ? 0 : kInfinite;
        continue;
      }
      signal += static_cast<double>(wanted[i]) * wanted[i];
      const double error = static_cast<double>(wanted[i]) - got[i];
      noise += std::isfinite(error) ? error * error : kInfinite;
    }
  }
};

}  // namespace

Result<Trials> Trials::run(const runtime::Runtime& runtime, const observe::File& floats, const std::vector<calibrate::Data>& data) {
  Trials trials;
  trials.runtime_ = &runtime;
  trials.floats_ = &floats;
  for (const calibrate::Data& one : data) KELT_RETURN_IF_ERROR(trials.add(floats, one));
  const auto has_floats = [](const Signature& signature) { return !signature.floats.empty() && !signature.floats.front().empty(); };
  if (std::ranges::any_of(trials.signatures_, has_floats)) return trials;
  return Error{.code = Code::kInvalidArgument,
               .what = "the model has no output of floats, by which a recipe could be judged",
               .remedy = "Give a recipe with forms instead of a goal"};
}

Result<void> Trials::add(const observe::File& file, const calibrate::Data& data) {
  KELT_ASSIGN_OR_RETURN(const litert::Signature* const found, calibrate::find_signature(file.model, data.signature));
  KELT_ASSIGN_OR_RETURN(calibrate::SampleFile kept, calibrate::SampleFile::create());
  Signature signature{
      .key = found->key, .inputs = std::make_shared<calibrate::SampleFile>(std::move(kept)), .outputs = {}, .samples = {}, .floats = {}};
  Result<void> added;
  const auto keep = [&](const calibrate::Fitted& sample) {
    if (added.ok()) added = signature.inputs->add(sample.inputs);
  };
  calibrate::Runner runner(*runtime_, file, *found, {}, {.sample = keep, .value = {}});
  KELT_RETURN_IF_ERROR(runner.begin(data.next));
  KELT_ASSIGN_OR_RETURN(const auto unreadable, runner.run(file, {}));  // of no tensors: takes the samples
  KELT_RETURN_IF_ERROR(added);
  KELT_ASSIGN_OR_RETURN(signature.samples, signature.inputs->samples());
  notes_.insert(notes_.end(), runner.notes().begin(), runner.notes().end());
  KELT_RETURN_IF_ERROR(run_floats(file, signature));
  signatures_.push_back(std::move(signature));
  return {};
}

Result<void> Trials::run_floats(const observe::File& file, Signature& signature) const {
  KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, observe::open(*runtime_, file, {.signature = signature.key, .readings = {}}));
  KELT_ASSIGN_OR_RETURN(calibrate::SampleFile kept, calibrate::SampleFile::create());
  signature.outputs = std::make_shared<calibrate::SampleFile>(std::move(kept));
  for (size_t sample = 0; sample < signature.samples.size(); ++sample) {
    KELT_ASSIGN_OR_RETURN(const std::vector<Output> outputs,
                          compiled.run(signature.key, signature.samples[sample]).note("while running sample " + std::to_string(sample)));
    std::vector<Input> floats;
    for (const Output& output : outputs) {
      if (output.dtype == DType::kFloat32)
        floats.push_back({output.name, output.dtype, output.shape, {output.bytes.data(), output.bytes.size()}});
    }
    KELT_RETURN_IF_ERROR(signature.outputs->add(floats));
  }
  KELT_ASSIGN_OR_RETURN(signature.floats, signature.outputs->samples());
  return {};
}

Result<double> Trials::noise(const litert::Model& candidate, size_t samples) const {
  double worst = 0;
  for (const Signature& signature : signatures_) {
    const observe::File file{.bytes = floats_->bytes, .model = candidate};
    auto compiled = observe::open(*runtime_, file, {.signature = signature.key, .readings = {}});
    if (!compiled.ok()) return compiled.error().code == Code::kRuntime ? Result<double>(kInfinite) : compiled.error();
    std::map<std::string, Sums, std::less<>> sums;
    for (size_t sample = 0; sample < std::min(samples, signature.samples.size()); ++sample) {
      const auto outputs = compiled->run(signature.key, signature.samples[sample]);
      if (!outputs.ok()) return outputs.error().code == Code::kRuntime ? Result<double>(kInfinite) : outputs.error();
      for (const Input& wanted : signature.floats[sample]) {
        const auto got = std::ranges::find(*outputs, wanted.name, &Output::name);
        if (got == outputs->end()) return Error{.code = Code::kInternal, .what = "a quantized model has lost an output"};
        sums[std::string(wanted.name)].add(floats_in(wanted.bytes), floats_in({got->bytes.data(), got->bytes.size()}));
      }
    }
    for (const auto& [name, sum] : sums) {
      if (sum.signal > 0) worst = std::max(worst, sum.noise / sum.signal);
    }
  }
  return worst;
}

size_t Trials::samples() const {
  size_t most = 0;
  for (const Signature& signature : signatures_) most = std::max(most, signature.samples.size());
  return most;
}

std::vector<calibrate::Data> Trials::data() const {
  std::vector<calibrate::Data> all;
  for (const Signature& signature : signatures_) {
    const auto next = [&samples = signature.samples, at = size_t{0}]() mutable -> Result<std::optional<calibrate::Given>> {
      if (at == samples.size()) return std::optional<calibrate::Given>();
      return std::optional(calibrate::Given{.inputs = samples[at++]});
    };
    all.push_back({signature.key, next});
  }
  return all;
}

double decibels(double noise) { return -10 * std::log10(noise); }

std::string decibels_text(double noise) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f dB", decibels(noise));
  return text;
}

}  // namespace kelt::search
