// binding/native.cc — kelt._native: the core, for python/kelt. Each file binds one thing.

#include <nanobind/nanobind.h>

#include <string>

#include "base/version.h"
#include "binding/attribute.h"
#include "binding/builder.h"
#include "binding/calibrate.h"
#include "binding/error.h"
#include "binding/facts.h"
#include "binding/module.h"
#include "binding/parts.h"
#include "binding/pipeline.h"
#include "binding/quantize.h"
#include "binding/runtime.h"
#include "binding/verify.h"

NB_MODULE(_native, module) {
  module.attr("__version__") = std::string(kelt::version()).c_str();
  kelt::binding::bind_error(module);
  kelt::binding::bind_report(module);
  kelt::binding::bind_attribute(module);
  kelt::binding::bind_module(module);
  kelt::binding::bind_builder(module);
  kelt::binding::bind_facts(module);
  kelt::binding::bind_pipeline(module);
  kelt::binding::bind_quantize(module);
  kelt::binding::bind_runtime(module);
  kelt::binding::bind_parts(module);
  kelt::binding::bind_verify(module);
  kelt::binding::bind_calibrate(module);
}
