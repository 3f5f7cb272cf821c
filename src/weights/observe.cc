// weights/observe.cc — a source whose elements are summed up as they are read: where in its transforms an array of the table lies.

#include "weights/array_fingerprint.h"
#include "weights/cast.h"
#include "weights/scale.h"
#include "weights/strided.h"

namespace kelt {
namespace {

class ObservedSource : public ByteSource {
 public:
  ObservedSource(std::shared_ptr<const ByteSource> base, std::vector<Axis> view, std::shared_ptr<ElementSum> sum)
      : base_(std::move(base)), view_(std::move(view)), sum_(std::move(sum)), reader_(sum_->restart()) {}
  [[nodiscard]] size_t size() const override { return base_->size(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    KELT_RETURN_IF_ERROR(base_->read(offset, out));
    sum_->add(reader_, view_, offset, out);
    return {};
  }
  [[nodiscard]] size_t grain() const override { return base_->grain(); }
  [[nodiscard]] std::string identity() const override { return base_->identity(); }

 private:
  std::shared_ptr<const ByteSource> base_;
  std::vector<Axis> view_;
  std::shared_ptr<ElementSum> sum_;
  int reader_;
};

// Whether the view is a transpose: every element, once.
bool is_whole(std::span<const Axis> view, size_t count) {
  std::vector<Axis> axes(view.begin(), view.end());
  std::sort(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return a.stride < b.stride; });
  size_t stride = 1;
  for (const Axis& axis : axes) {
    if (axis.stride != stride) return false;
    stride *= axis.length;
  }
  return stride == count;
}

}  // namespace

std::shared_ptr<const ByteSource> FingerprintPass::observe_elements(const std::shared_ptr<const ByteSource>& source, size_t item) const {
  const Root root = root_of(*source);
  const auto found = sums_.find(root.base);
  if (found == sums_.end()) return source;
  const Summed& known = found->second;
  if (known.sum->complete() || (item != 0 && known.sum->item() != item) || known.converted != root.converted) return source;
  if (source.get() == known.source) return std::make_shared<ObservedSource>(source, std::vector<Axis>(), known.sum);
  const size_t count = known.sum->bytes() / known.sum->item();
  if (source->size() != known.sum->bytes()) return source;
  const std::vector<Axis> whole = {{count, 1}};
  const auto places = within(root.view.empty() ? std::span(whole) : std::span(root.view), known.view.empty() ? whole : known.view);
  if (!places || !is_whole(*places, count)) return source;
  return std::make_shared<ObservedSource>(source, *places, known.sum);
}

std::shared_ptr<const ByteSource> FingerprintPass::observe(const std::shared_ptr<const ByteSource>& source) {
  if (const auto* strided = dynamic_cast<const StridedSource*>(source.get())) return observe_elements(source, strided->item());
  if (const auto* converted = dynamic_cast<const CastSource*>(source.get())) {
    if (converted->is_stored()) return observe_elements(source, byte_size(converted->to(), 1));
    Array from = converted->from();
    from.source = observe(from.source);
    return from.source == converted->from().source ? source : std::make_shared<CastSource>(std::move(from), converted->to());
  }
  if (const auto* scaled = dynamic_cast<const ScaleSource*>(source.get())) {
    Array array = scaled->array();
    array.source = observe(array.source);
    return array.source == scaled->array().source ? source
                                                  : std::make_shared<ScaleSource>(std::move(array), scaled->axis(), scaled->factors());
  }
  return observe_elements(source, 0);
}

}  // namespace kelt
