#include "verify/cure.h"

#include "quantize/kernels.h"

namespace kelt::verify {

using quantize::Form;
using quantize::Kind;

std::string cure_of(const Form& form, const litert::Operator& op, const litert::Tensor* weights) {
  const quantize::Kernel* kernel = quantize::kernel_of(op.code);
  if (form.kind == Kind::kFloat) return {};
  if (form.kind == Kind::kHalf) return "float";
  if (form.kind == Kind::kStatic) {
    if (form.bits < 8) return name_of(Form{.kind = Kind::kStatic, .activation_bits = form.activation_bits});
    return form.activation_bits == 8 && kernel != nullptr && kernel->dynamic && weights != nullptr ? "int8-dynamic" : "float";
  }
  if (form.bits == 8) return form.per_tensor ? "int8-dynamic" : "fp16";
  const bool blocks = kernel != nullptr && kernel->blocks && form.block != 32 && weights != nullptr && weights->dims.size() == 2 &&
                      weights->dims[1].value().value_or(1) % 32 == 0;
  return blocks ? "int4-block32" : "int8-dynamic";
}

}  // namespace kelt::verify
