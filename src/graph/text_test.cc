// The text form: what print writes, parse reads back to an equal module; what parse rejects, it rejects with a place.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "graph/builder.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "graph/random.h"

namespace kelt::graph {
namespace {

constexpr char kConvolution[] = R"(proven "n" = [1, 3]
valid "serving_default" = [-n + 512]
weight @0 "conv/kernel": f32[3,3,3,8] = random(7)
weight @1 "conv/bias": f32[2] = [0.5, -1e-05]
state $0 "rnn/h": f32[2] = @1
fn "serving_default" (%0 "image": f32[n,32,32,3]) {
  %1: f32[3,3,3,8] = weight(table=@0)
  %2: f32[n,30,30,8] = conv(inputs=%0, kernel=%1, strides=[1, 1], padding="valid", data_format=None)  # stem/conv
  %3: f32[n,30,30,4], %4: f32[n,30,30,4] = split(x=%2, indices_or_sections=2, axis=-1)
  write_state(state=$0, value=%1)
} -> (%3 "left", %4 "right")
)";

Attribute round_trip(const Attribute& attribute) {
  const std::string text = "fn \"f\" () { op(a=" + print(attribute) + ") } -> ()";
  const Result<Module> module = parse(text);
  EXPECT_TRUE(module.ok()) << text << ": " << module.error().to_string();
  return module.ok() ? module->functions[0].nodes[0].args[0].value : Attribute{};
}

std::string error_of(std::string_view text) {
  const Result<Module> module = parse(text);
  if (module.ok()) return "parsed";
  EXPECT_EQ(module.error().code, Code::kBadModule);
  return module.error().what;
}

TEST(TextForm, PrintsWhatItParsed) {
  const Result<Module> module = parse(kConvolution);
  ASSERT_TRUE(module.ok()) << module.error().to_string();
  EXPECT_EQ(print(*module), kConvolution);
  const Function& function = module->functions[0];
  EXPECT_EQ(function.nodes[1].path, "stem/conv");
  EXPECT_EQ(function.values[2].dims[0], Dim::symbol("n"));
  EXPECT_EQ(function.outputs[1].value, ValueId{4});
  EXPECT_EQ(module->proven_sizes[0].second, (std::vector<int64_t>{1, 3}));
  ASSERT_EQ(module->valid_sizes.size(), 1);
  EXPECT_EQ(module->valid_sizes[0].second, Dim(512) - Dim::symbol("n"));
}

TEST(TextForm, HoldsEveryKindOfAttribute) {
  const Dim n = Dim::symbol("n");
  const auto slice = std::make_shared<const Slice>(Slice{{None{}}, {n - 1}, {int64_t{-2}}});
  const List list = {{None{}},    {true},        {false},        {int64_t{-3}},  {2.5},        {std::string("same")},
                     {n * 4 + 1}, {Dim(3)},      {ValueId{0}},   {WeightId{1}},  {StateId{2}}, {Ellipsis{}},
                     {List{}},    {List{{1.0}}}, {DType::kBool}, {DType::kInt4}, {slice}};
  EXPECT_EQ(round_trip({list}), Attribute{list});
}

TEST(TextForm, TellsABooleanAnIntegerAFloatAndADimApart) {
  for (const Attribute& attribute : {Attribute{true}, Attribute{int64_t{1}}, Attribute{1.0}, Attribute{Dim(1)}}) {
    EXPECT_EQ(round_trip(attribute).value.index(), attribute.value.index()) << print(attribute);
  }
}

TEST(TextForm, KeepsDoublesToTheLastBit) {
  for (const double value : {0.1, 1e-3, -0.0, 5e-324, 1.7976931348623157e308, 1.0 / 3, 1e22, 123456789.0, 4503599627370497.5,
                             std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    const double back = std::get<double>(round_trip({value}).value);
    EXPECT_EQ(back, value);
    EXPECT_EQ(std::signbit(back), std::signbit(value));
  }
  EXPECT_TRUE(std::isnan(std::get<double>(round_trip({std::nan("")}).value)));
}

TEST(TextForm, KeepsIntegersAtTheirLimits) {
  for (const int64_t value : {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(round_trip({value}), Attribute{value});
  }
}

TEST(TextForm, EscapesStrings) {
  for (const std::string& text : {std::string("a\"b\\c\nd\te\r\x01\x7f"), std::string("\0z", 2), std::string("# // é 語"), std::string()}) {
    EXPECT_EQ(round_trip({text}), Attribute{text});
  }
}

TEST(TextForm, KeepsPathsThatALineCanNotHold) {
  for (const std::string path : {"a/b", " led by a blank", "\"quoted\"", "two\nlines", "trailing ", "# // é", "x\ty"}) {
    Builder builder;
    builder.begin_function("f");
    builder.node("op", {}, {}, path);
    (void)builder.end_function();
    const Module module = std::move(builder).build();
    const Result<Module> back = parse(print(module));
    ASSERT_TRUE(back.ok()) << print(module);
    EXPECT_EQ(back->functions[0].nodes[0].path, path);
  }
}

TEST(TextForm, NestsFunctions) {
  Builder builder;
  builder.begin_function("main");
  const ValueId x = builder.input("x", DType::kFloat32, {Dim::symbol("n")});
  builder.begin_function("true_fn");
  const ValueId inner = builder.input("x", DType::kFloat32, {Dim::symbol("n")});
  builder.output("y", builder.node("negative", {{"x", {inner}}}, {{DType::kFloat32, {Dim::symbol("n")}}})[0]);
  std::optional<Function> branch = builder.end_function();
  ASSERT_TRUE(branch);
  const ValueId y = builder.node("cond", {{"pred", {x}}}, {{DType::kFloat32, {Dim::unknown()}}}, "layer", {*branch, *branch})[0];
  builder.output("y", y);
  EXPECT_FALSE(builder.end_function());
  const Module module = std::move(builder).build();
  const Result<Module> back = parse(print(module));
  ASSERT_TRUE(back.ok()) << print(module) << back.error().to_string();
  EXPECT_EQ(back->functions, module.functions);
}

TEST(TextForm, KeepsSmallWeightsToTheLastBit) {
  const auto nan_payload = std::vector<std::byte>{std::byte{1}, std::byte{0}, std::byte{0xc0}, std::byte{0x7f}};
  Module module;
  module.weights.push_back({"f32", array_from<float>({2, 2}, std::vector<float>{0.1F, -0.0F, 1e-45F, 3e38F})});
  module.weights.push_back({"f64", array_from<double>({1}, std::vector<double>{0.1})});
  module.weights.push_back({"i64", array_from<int64_t>({2}, std::vector<int64_t>{std::numeric_limits<int64_t>::min(), 7})});
  module.weights.push_back({"u8", array_from<uint8_t>({3}, std::vector<uint8_t>{0, 128, 255})});
  module.weights.push_back({"payload", array_of(DType::kFloat32, {}, nan_payload)});
  module.weights.push_back({"f16", array_of(DType::kFloat16, {2}, nan_payload)});
  module.weights.push_back({"bool", array_of(DType::kBool, {2}, {std::byte{1}, std::byte{0}})});
  module.weights.push_back({"empty", array_of(DType::kFloat32, {0, 3}, {})});
  const std::string text = print(module);
  const Result<Module> back = parse(text);
  ASSERT_TRUE(back.ok()) << text << back.error().to_string();
  ASSERT_EQ(back->weights.size(), module.weights.size());
  for (size_t i = 0; i < module.weights.size(); ++i) {
    const Array& array = back->weights[i].array;
    EXPECT_EQ(array.dtype, module.weights[i].array.dtype);
    EXPECT_EQ(array.shape, module.weights[i].array.shape);
    EXPECT_EQ(*read_all(array), *read_all(module.weights[i].array)) << module.weights[i].name;
  }
}

TEST(TextForm, SkipsCommentsAndBlanks) {
  EXPECT_EQ(error_of("// a comment\nkelt 1\n  fn \"f\"(%0 \"x\":i32[])\n{ // no nodes\n}->(%0 \"y\",)"), "parsed");
}

// Each file is an input that a fuzzer once found something with.
TEST(TextForm, ReadsBackWhatTheFuzzersFound) {
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(KELT_SOURCE_DIR) / "testdata/fuzz/parse")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const Result<Module> module = parse(std::string{std::istreambuf_iterator<char>(file), {}});
    if (!module.ok()) continue;
    const std::string text = print(*module);
    const Result<Module> back = parse(text);
    ASSERT_TRUE(back.ok()) << entry.path() << ": " << back.error().to_string();
    EXPECT_EQ(back->functions, module->functions) << entry.path();
    EXPECT_EQ(print(*back), text) << entry.path();
  }
}

TEST(TextForm, KeepsEverySeedOfARandomWeight) {
  for (const std::string seed : {"-7", "0", "9223372036854775807", "-9223372036854775808"}) {
    const std::string text = "weight @0 \"k\": f32[2] = random(" + seed + ")\n";
    const Result<Module> module = parse(text);
    ASSERT_TRUE(module.ok()) << module.error().to_string();
    EXPECT_EQ(print(*module), text);
  }
}

TEST(TextForm, SaysWhereAnErrorStands) {
  EXPECT_EQ(error_of("fn \"f\" () {\n  op(a=)\n} -> ()"), "2:8: expected an attribute");
  EXPECT_EQ(error_of("fn \"f\" (%0 \"x\": f31[2]) {} -> ()"), "1:17: unknown dtype \"f31\"");
  EXPECT_EQ(error_of("\n\n  nonsense"), "3:3: expected proven, valid, weight, state or fn");
}

TEST(TextForm, RejectsWhatIsNotAModule) {
  const std::string deep(100000, '[');
  for (const std::string& text : {
           std::string("fn"),
           std::string("kelt 2\n"),
           std::string("\xff"),
           std::string("fn \"f\" () { op(a=\"x) } -> ()"),
           "fn \"f\" () { op(a=" + deep + ") } -> ()",
           "fn \"f\" (%0 \"x\": f32[" + std::string(100000, '(') + "]) {} -> ()",
           std::string("fn \"f\" (%0 \"x\": f32[nan]) {} -> (").substr(0, 34),
           std::string("fn \"f\" (%0 \"x\": f32[1.5]) {} -> ()"),
           std::string("fn \"f\" (%0 \"x\": f32[99999999999999999999]) {} -> ()"),
           std::string("fn \"f\" (%2000000000 \"x\": f32[1]) {} -> ()"),
           std::string("fn \"f\" (%99999999999 \"x\": f32[1]) {} -> ()"),
           std::string("fn \"f\" (%1 \"x\": f32[1]) {} -> ()"),
           std::string("fn \"f\" (%0 \"x\": f32[1], %0 \"y\": f32[1]) {} -> ()"),
           std::string("fn \"f\" () { op(a=99999999999999999999) } -> ()"),
           std::string("fn \"f\" () { op(a=1e999) } -> ()"),
           std::string("fn \"f\" () { op(a=word) } -> ()"),
           std::string("fn \"f\" () { op(a=\"\\q\") } -> ()"),
           std::string("fn \"f\" () { op(a=\"\\xff\") } -> ()"),
           std::string("weight @1 \"k\": f32[1] = [1]"),
           std::string("weight @0 \"k\": f32[2] = [1]"),
           std::string("weight @0 \"k\": f32[-1] = []"),
           std::string("weight @0 \"k\": f32[n] = [1]"),
           std::string("weight @0 \"k\": f32[4294967296,4294967296,4294967296] = random(1)"),
           std::string("weight @0 \"k\": f32[281474976710655] = random(1)"),
           std::string("weight @0 \"k\": u8[1] = [256]"),
           std::string("weight @0 \"k\": f32[1] = hex(\"0\")"),
           std::string("weight @0 \"k\": f32[1] = hex(\"0000000z\")"),
           std::string("weight @0 \"k\": f32[1] = file(\"weights.bin\", 0)"),
           std::string("weight @0 \"k\": f32[1] = file(\"weights.bin\", -1)"),
           std::string("state $0 \"s\": f32[1]"),
       }) {
    EXPECT_NE(error_of(text), "parsed") << text.substr(0, 100);
  }
}

TEST(RandomWeight, FollowsFromItsSeedInAnySlice) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat16, DType::kInt8, DType::kInt64, DType::kBool}) {
    const Result<Array> array = random_array(dtype, {4, 5}, 3);
    ASSERT_TRUE(array.ok());
    const std::vector<std::byte> all = *read_all(*array);
    std::vector<std::byte> part(7);
    ASSERT_TRUE(array->source->read(5, part).ok());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + 5));
    EXPECT_NE(all, *read_all(*random_array(dtype, {4, 5}, 4)));
  }
}

TEST(RandomWeight, IsSpreadOverMinusOneToOne) {
  const std::vector<double> values = *read_as<double>(*random_array(DType::kFloat32, {1000}, 1));
  double sum = 0;
  for (const double value : values) {
    EXPECT_LT(std::abs(value), 1.0 + 1e-9);
    sum += value * value;
  }
  EXPECT_NEAR(sum / 1000, 1.0 / 3, 0.05);
  const std::vector<double> halves = *read_as<double>(*random_array(DType::kFloat16, {100}, 1));
  for (const double value : halves) EXPECT_EQ(value * 64, std::round(value * 64));
}

TEST(Fragment, HasNamesForNumbersAndTypesWhereTheyAreWritten) {
  const Result<Fragment> fragment = parse_fragment("%a: f32, %b = split(x=%x, axis=$axis)\n%c: f32[n,?] = add(x1=%a, x2=%b)");
  ASSERT_TRUE(fragment.ok()) << fragment.error().to_string();
  EXPECT_EQ(fragment->values, (std::vector<std::string>{"a", "b", "x", "c"}));
  EXPECT_EQ(fragment->variables, (std::vector<std::string>{"axis"}));
  EXPECT_EQ(fragment->nodes[0].args[1].value, Attribute{StateId{0}});
  EXPECT_EQ(fragment->nodes[1].args[0].value, Attribute{ValueId{0}});
  EXPECT_EQ(fragment->types[0].dtype, DType::kFloat32);
  EXPECT_FALSE(fragment->types[0].dims);
  EXPECT_FALSE(fragment->types[1].dtype);
  EXPECT_EQ(fragment->types[3].dims, (Dims{Dim::symbol("n"), Dim::unknown()}));
}

TEST(Fragment, IsRejectedWithAPlaceWhereItIsWrong) {
  EXPECT_EQ(parse_fragment("%a = add(x1=%b").error().what, "1:15: expected ','");
  EXPECT_EQ(parse_fragment("%a: real = add(x1=%b)").error().what, "1:5: unknown dtype \"real\"");
  EXPECT_EQ(parse_fragment("add(x1=%b)").error().what, "1:1: expected an output");
  EXPECT_EQ(error_of("fn \"f\" (%x \"x\": f32[]) { } -> (%x \"y\")"), "1:9: expected a number that fits after the sign");
}

}  // namespace
}  // namespace kelt::graph
