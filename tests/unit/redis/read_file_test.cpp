#include "redis/read_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

namespace rediscovery::redis {
namespace {

using namespace std::string_literals;

class ReadFile : public ::testing::Test {
 protected:
  ~ReadFile() override { std::remove(path_.c_str()); }

  FileContent password_in(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return read_password(path_);
  }

  const std::string path_ = ::testing::TempDir() + "rediscovery_read_file_" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ReadFile, GivesTheWholeFileUpToTheBound) {
  const std::string bytes(10'000, 'x');
  std::ofstream(path_) << bytes;
  EXPECT_EQ(read_file(path_, 10'000).bytes, bytes);
  EXPECT_EQ(read_file(path_, 10'000).problem, "");
  EXPECT_EQ(read_file(path_, 9'999).bytes, "");
  EXPECT_EQ(read_file(path_, 9'999).problem, "is longer than 9999 bytes");
}

TEST_F(ReadFile, ReadsNothingButRegularFiles) {
  EXPECT_EQ(read_file("/nowhere/at/all", 1).problem, "cannot be read: No such file or directory");
  EXPECT_EQ(read_file(::testing::TempDir(), 1).problem, "is not a regular file");
  EXPECT_EQ(read_file("/dev/zero", 1).problem, "is not a regular file");
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read_file(path_, 1).problem, "is not a regular file") << "and nobody is waited for";
}

TEST_F(ReadFile, APasswordIsWithoutTheLineBreakAtItsEnd) {
  EXPECT_EQ(password_in("secret").bytes, "secret");
  EXPECT_EQ(password_in("secret\n").bytes, "secret");
  EXPECT_EQ(password_in("secret\r\n").bytes, "secret");
  EXPECT_EQ(password_in("secret\n\n").bytes, "secret\n") << "one";
  EXPECT_EQ(password_in(" se\ncr\0et "s).bytes, " se\ncr\0et "s) << "all else is the password's";
}

TEST_F(ReadFile, APasswordIsNotEmpty) {
  EXPECT_EQ(password_in("").problem, "is empty");
  EXPECT_EQ(password_in("\n").problem, "holds an empty line");
  EXPECT_EQ(password_in("\r\n").problem, "holds an empty line");
}

TEST_F(ReadFile, AnEndlessPasswordIsNone) {
  const FileContent content = password_in(std::string(100'000, 'x'));
  EXPECT_EQ(content.bytes, "");
  EXPECT_EQ(content.problem, "is longer than 65536 bytes");
}

}  // namespace
}  // namespace rediscovery::redis
