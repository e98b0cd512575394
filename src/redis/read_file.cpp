#include "redis/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace rediscovery::redis {
namespace {

FileContent unreadable(int number) {
  return {"", "cannot be read: " + std::generic_category().message(number)};
}

class Descriptor {
 public:
  // Without O_NONBLOCK, opening a named pipe waits for somebody to write into it.
  explicit Descriptor(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

FileContent read_file(const std::string& path, std::size_t most) {
  const Descriptor file(path);
  if (file.get() < 0) return unreadable(errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return unreadable(errno);
  if (!S_ISREG(status.st_mode)) return {"", "is not a regular file"};

  FileContent content;
  std::array<char, 4096> part{};
  while (content.bytes.size() <= most) {
    const ssize_t count = read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(errno);
    if (count == 0) {
      if (content.bytes.empty()) content.problem = "is empty";
      return content;
    }
    content.bytes.append(part.data(), static_cast<std::size_t>(count));
  }
  return {"", "is longer than " + std::to_string(most) + " bytes"};
}

FileContent read_password(const std::string& path) {
  // Tokens that serve as passwords take a few thousand.
  constexpr std::size_t kMostPassword = 65'536;
  FileContent content = read_file(path, kMostPassword);
  if (content.bytes.ends_with('\n')) content.bytes.pop_back();
  if (content.bytes.ends_with('\r')) content.bytes.pop_back();
  if (content.bytes.empty() && content.problem.empty()) content.problem = "holds an empty line";
  return content;
}

}  // namespace rediscovery::redis
