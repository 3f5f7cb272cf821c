// observe/testing.h — for tests: files that are written, read and removed again.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "litert/testing.h"
#include "observe/observe.h"
#include "write/write.h"

namespace kelt::observe {

class WithFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  // At path_.
  File file_of(const std::string& text) {
    const auto written = write::write_file(litert::model_of(text), path_);
    EXPECT_TRUE(written.ok()) << written.error().to_string();
    Result<File> file = read_file(path_);
    EXPECT_TRUE(file.ok()) << file.error().to_string();
    return *std::move(file);
  }

  // Of each test of its own.
  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) /
                                (std::string(testing::UnitTest::GetInstance()->current_test_info()->test_suite_name()) + ".tflite");
};

}  // namespace kelt::observe
