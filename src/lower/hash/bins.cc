// lower/hash/bins.cc — hash_bucket: the bins of keras.layers.Hashing for integers; hash_cross: those of HashedCrossing.
//
// Keras writes an integer in decimal and takes FarmHash64 of the text, with a salt SipHash; or it joins integers by products.

#include "lower/core/arguments.h"
#include "lower/hash/hash.h"
#include "lower/hash/lowerings.h"

namespace kelt::lower {
namespace {

constexpr uint64_t kCross = 0xc6a4a7935bd1e995, kCrossKey = 0xDECAFCAFFE;
constexpr int64_t kMostBins = int64_t{1} << 31;

Result<Value> bins_of(Lowering& to, const Value& hash, int64_t bins, const Dims& dims) {
  return reshape(to, cast(to, Words(to).remainder(hash, bins), DType::kInt32), dims);
}

Result<Value> as_words(Lowering& to, const Value& x) {
  if (is_float(x.dtype) || x.dtype == DType::kBool) return reject("hashes what is no integer", "Cast to int32 before it");
  return flatten(to, cast(to, x, DType::kInt64));
}

Error too_many() { return reject("has more than 2147483648 bins", "Use fewer bins"); }

}  // namespace

Result<void> lower_hash_bucket(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t bins = args.integer("num_bins");
  const auto key = args.optional_integers("key");
  KELT_RETURN_IF_ERROR(args.finish());
  if (bins < 1 || bins > kMostBins) return too_many();
  if (key && key->size() != 2) return reject("hashes with a key that is no two integers", "Give `salt` one integer, or two");
  const bool wide = byte_size(x.dtype, 1) > 4;
  KELT_ASSIGN_OR_RETURN(const Value numbers, as_words(to, x));
  KELT_ASSIGN_OR_RETURN(const Text text, text_of(to, numbers, wide));
  KELT_ASSIGN_OR_RETURN(const Value hash, key ? sip_hash(to, text, *key) : farm_hash(to, text, wide));
  KELT_ASSIGN_OR_RETURN(const Value y, bins_of(to, hash, bins, x.dims));
  return to.bind(node, y);
}

Result<void> lower_hash_cross(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const std::vector<Value> xs = args.tensors("xs");
  const int64_t bins = args.integer("num_bins");
  KELT_RETURN_IF_ERROR(args.finish());
  if (bins < 1 || bins > kMostBins) return too_many();
  const Words word(to);
  Value hash = word.number(kCrossKey ^ kCross);
  for (const Value& x : xs) {
    KELT_ASSIGN_OR_RETURN(const Value numbers, as_words(to, x));
    hash = word.exclusive(hash, word.times(mixed(to, word.times(numbers, kCross)), kCross));
    hash = mixed(to, word.times(mixed(to, word.times(hash, kCross)), kCross));
    if (&x != &xs.back()) hash = word.exclusive(hash, word.number(kCross));
  }
  KELT_ASSIGN_OR_RETURN(const Value y, bins_of(to, hash, bins, xs[0].dims));
  return to.bind(node, y);
}

}  // namespace kelt::lower
