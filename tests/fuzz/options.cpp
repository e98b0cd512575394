// A configuration is taken or refused with InvalidOptions, which says why and never shows a secret; what is
// taken is valid.
#include <rediscovery/options.hpp>

#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

constexpr const char* kSecret = "s3cr3t";

template <typename Read>
void take(Read read) {
  std::string refusal;
  try {
    const Options options = read();
    options.validate();
    return;
  } catch (const InvalidOptions& error) {
    refusal = error.what();
  }
  EXPECT_FALSE(refusal.empty());
}

// The bytes as the value of a secret, among others.
void keep_secret(std::string_view name, const std::string& text) {
  Options options;
  options.master = "127.0.0.1:6379";
  options.*(name == "password" ? &Options::password : &Options::consul_token) = kSecret + text;
  try {
    options.validate();
  } catch (const InvalidOptions& error) {
    EXPECT_EQ(std::string(error.what()).find(kSecret), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  const std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::take([&] { return Options::from_json(text); });
  fuzz::take([&] { return Options::from_url(text); });
  fuzz::keep_secret("password", text);
  fuzz::keep_secret("consul_token", text);
  return 0;
}
