#include <rediscovery/script.hpp>

#include <openssl/sha.h>

#include <array>
#include <utility>

namespace rediscovery {

Script::Script(std::string source) : source_(std::make_shared<const std::string>(std::move(source))) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(source_->data()), source_->size(), digest.data());
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const unsigned char byte : digest) {
    sha_ += kHex[byte >> 4U];
    sha_ += kHex[byte & 15U];
  }
}

Command Script::call(const std::vector<std::string_view>& keys,
                     const std::vector<std::string_view>& arguments) const {
  std::vector<std::string> words{"EVALSHA", sha_, std::to_string(keys.size())};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  Command command(std::move(words));
  command.script_ = source_;
  return command;
}

}  // namespace rediscovery
