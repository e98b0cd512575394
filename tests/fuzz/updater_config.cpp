// The updater's configuration is taken or refused with ConfigError, which says why and shows nothing of the
// environment's secrets.
#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"
#include "updater/config.hpp"
#include "updater/config_file.hpp"

namespace rediscovery::fuzz {
namespace {

constexpr const char* kSecret = "s3cr3t";

std::optional<std::string> environment(std::string_view name) {
  if (name.find("PASSWORD") != std::string_view::npos || name == "CONSUL_HTTP_TOKEN") return kSecret;
  return std::nullopt;
}

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

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string refusal;
  try {
    fuzz::check(updater::parse_config(text, fuzz::environment));
    EXPECT_TRUE(updater::changed_fields(text, text).empty());
    return 0;
  } catch (const updater::ConfigError& error) {
    refusal = error.what();
  }
  EXPECT_FALSE(refusal.empty());
  EXPECT_EQ(refusal.find(fuzz::kSecret), std::string::npos) << refusal;
  return 0;
}
