#include "base/report.h"

#include <gtest/gtest.h>

#include <vector>

namespace kelt {
namespace {

TEST(Report, SaysWhatWhereWhyAndWhatNow) {
  const Error error{.code = Code::kBadModel, .what = "the file is cut off", .remedy = "Copy it again", .notes = {"while reading a.tflite"}};
  EXPECT_EQ(report(error, false),
            "error[K201]: the file is cut off\n"
            "  while reading a.tflite\n"
            "    Copy it again\n"
            "\n"
            "`kelt explain K201` tells more.");
}

TEST(Report, ListsSeveralErrorsInColumns) {
  const std::vector<Error> errors = {
      {.code = Code::kUnsupported, .what = "works on strings", .path = "encoder/lookup", .op = "StringLookup", .remedy = "Feed ids"},
      {.code = Code::kUnsupported, .what = "has no LiteRT op", .path = "svd", .op = "keras.ops.svd", .remedy = "Replace it"}};
  const Error all{.code = Code::kUnsupported, .what = "2 of 5 operations have no LiteRT form\n\n" + list_errors(errors)};
  EXPECT_EQ(report(all, true),
            "error[K204]: 2 of 5 operations have no LiteRT form\n"
            "\n"
            "  encoder/lookup  StringLookup   works on strings\n"
            "    Feed ids\n"
            "\n"
            "  svd             keras.ops.svd  has no LiteRT op\n"
            "    Replace it\n"
            "\n"
            "Nothing was written. `kelt explain K204` tells more.");
}

TEST(Report, NamesTheLayerOfALoneError) {
  const Error error{.code = Code::kDynamic, .what = "a size depends on the input", .path = "head", .op = "keras.ops.arange"};
  EXPECT_NE(report(error, true).find("\n  in head, keras.ops.arange\n"), std::string::npos);
}

}  // namespace
}  // namespace kelt
