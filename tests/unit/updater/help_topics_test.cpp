// The help names every field that the parser knows, which the parser itself is asked for.
#include "updater/help_topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "updater/command_line.hpp"
#include "updater/config.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// What the parser says to a field that there is not, in the object at `pointer`: the names of those that
// there are.
std::set<std::string> fields_at(const std::string& pointer) {
  json root = {{"masters", {{{"name", "mymaster"}}}}, {"sentinels", {{"addresses", {"10.0.0.5:26379"}}}}};
  if (pointer == "/agent") root.update({{"registration", "agent"}, {"agent", {{"redis", "10.0.0.6:6379"}}}});
  if (pointer == "/http") root["http"]["address"] = "127.0.0.1:9121";
  root[json::json_pointer(pointer + "/nonsense")] = true;
  std::set<std::string> names;
  try {
    (void)parse_config(root.dump(), [](std::string_view) { return std::nullopt; });
  } catch (const ConfigError& error) {
    const std::string message = error.what();
    const std::string before = "the fields here are ";
    const auto at = message.find(before);
    if (at == std::string::npos) return names;
    std::istringstream list(message.substr(at + before.size()));
    for (std::string name; std::getline(list, name, ',');) {
      names.insert(name.substr(name.find_first_not_of(' ')));
    }
  }
  return names;
}

// Whole, and not as a part of another name.
bool has_word(std::string_view text, const std::string& word) {
  return std::regex_search(std::string(text), std::regex("(^|[^a-z_])" + word + "([^a-z_]|$)"));
}

TEST(HelpTopics, ConfigNamesEveryFieldThatTheParserKnows) {
  std::size_t count = 0;
  for (const std::string section : {"", "/masters/0", "/names", "/sentinels", "/sentinels/tls", "/redis",
                                    "/redis/tls", "/consul", "/consul/tls", "/agent", "/http"}) {
    const auto fields = fields_at(section);
    EXPECT_FALSE(fields.empty()) << section;
    for (const auto& field : fields) {
      ++count;
      EXPECT_TRUE(has_word(kHelpConfig, field))
          << field << ": add it to help_topics.cpp; it is in: " << section;
    }
  }
  EXPECT_GT(count, 40U);
}

TEST(HelpTopics, EnvironmentNamesEveryVariableThatIsAskedFor) {
  std::set<std::string> asked;
  const json root = {{"masters", {"mymaster"}}, {"sentinels", {{"addresses", {"10.0.0.5:26379"}}}}};
  (void)parse_config(root.dump(), [&asked](std::string_view name) -> std::optional<std::string> {
    asked.emplace(name);
    return std::nullopt;
  });
  EXPECT_THAT(asked, SizeIs(::testing::Gt(8U)));
  for (const auto& name : asked)
    EXPECT_THAT(std::string(kHelpEnvironment), HasSubstr("  " + name + " ")) << name;
}

TEST(HelpTopics, EachCanBeAskedFor) {
  for (const std::string topic : {"config", "exit-codes", "environment", "files"}) {
    EXPECT_EQ(parse_command_line("rediscovery-updater", {"help", topic}).topic, topic);
    EXPECT_THAT(help_text(""), HasSubstr("help " + topic));
  }
}

}  // namespace
}  // namespace rediscovery::updater
