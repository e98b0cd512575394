// The updater's configuration is taken or refused with ConfigError, which says why and shows nothing of the
// environment's secrets: with others it says the same.
#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"
#include "updater/config.hpp"
#include "updater/config_file.hpp"

namespace rediscovery::fuzz {
namespace {

void check(const updater::Config& config) {
  EXPECT_FALSE(config.masters.empty());
  EXPECT_FALSE(config.sentinels.addresses.empty());
  for (const auto& master : config.masters) {
    EXPECT_FALSE(master.name.empty());
    EXPECT_TRUE(updater::is_dns_label(master.services.master)) << master.services.master;
    EXPECT_TRUE(updater::is_dns_label(master.services.replica)) << master.services.replica;
    EXPECT_EQ(config.find_master(master.name), &master);
  }
}

// Empty: it is taken.
std::string refusal_of(const std::string& text, const char* secret) {
  const auto environment = [secret](std::string_view name) -> std::optional<std::string> {
    if (name.find("PASSWORD") != std::string_view::npos || name == "CONSUL_HTTP_TOKEN") return secret;
    return std::nullopt;
  };
  try {
    check(updater::parse_config(text, environment));
    EXPECT_TRUE(updater::changed_fields(text, text).empty());
    return {};
  } catch (const updater::ConfigError& error) {
    EXPECT_STRNE(error.what(), "");
    return error.what();
  }
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Two secrets, because a configuration may itself contain the words of one, and be refused with them.
  EXPECT_EQ(fuzz::refusal_of(text, "s3cr3t"), fuzz::refusal_of(text, "an0ther"));
  return 0;
}
