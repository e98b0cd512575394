// The help names every field that the parser knows, which the parser itself is asked for.
#include "updater/help_topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

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

const std::vector<std::string>& sections() {
  static const std::vector<std::string> all = {"",           "/masters/0",     "/names", "/weights",
                                               "/sentinels", "/sentinels/tls", "/redis", "/redis/tls",
                                               "/consul",    "/consul/tls",    "/agent", "/http"};
  return all;
}

// One row of the table of fields in docs/updater.md.
struct Row {
  std::vector<std::string> fields;  // with their sections: "consul.tls.ca_file"
  std::string text;
};

std::vector<Row> table_in_docs() {
  std::ifstream file(REDISCOVERY_UPDATER_DOCS);
  std::vector<Row> rows;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| field |")) is_inside = true;
    if (is_inside && !line.starts_with("|")) break;
    if (!is_inside || !line.starts_with("| `")) continue;
    Row row{{}, line};
    const std::string cell = line.substr(0, line.find(" | "));
    const std::regex quoted("`([^`]+)`");
    for (std::sregex_iterator at(cell.begin(), cell.end(), quoted), end; at != end; ++at) {
      std::string name = (*at)[1];
      if (name.starts_with('.')) name = row.fields.at(0).substr(0, row.fields.at(0).rfind('.')) + name;
      row.fields.push_back(std::move(name));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// "/consul/tls" and "ca_file": "consul.tls.ca_file". What a master may have of its own is in the row of all.
std::string path_of(const std::string& section, const std::string& field) {
  if (section.empty()) return field;
  std::string path = section.substr(1) + "." + field;
  std::replace(path.begin(), path.end(), '/', '.');
  return path;
}

// The row of the field itself, of a field in it, or of the one that its text names it with: an object that
// holds it, or what it is another way to say.
bool is_in(const std::vector<Row>& table, const std::string& path) {
  const auto dot = path.rfind('.');
  const std::string field = dot == std::string::npos ? path : path.substr(dot + 1);
  const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
  return std::any_of(table.begin(), table.end(), [&](const Row& row) {
    return std::any_of(row.fields.begin(), row.fields.end(), [&](const std::string& name) {
      if (name == path || name.starts_with(path + ".")) return true;
      const bool is_kin = name == section || (name.starts_with(section + ".") &&
                                              field.starts_with(name.substr(section.size() + 1) + "_"));
      return is_kin && has_word(row.text, field);
    });
  });
}

TEST(HelpTopics, TheDocumentationNamesEveryFieldThatTheParserKnows) {
  const auto table = table_in_docs();
  ASSERT_THAT(table, SizeIs(::testing::Gt(30U)));
  for (const auto& section : sections()) {
    for (const auto& field : fields_at(section)) {
      auto path = path_of(section == "/masters/0" ? "/masters" : section, field);
      // "as of `sentinels`", says the table.
      if (path.starts_with("redis.") && !is_in(table, path)) path.replace(0, 5, "sentinels");
      EXPECT_TRUE(is_in(table, path)) << path << ": add it to the table in docs/updater.md";
    }
  }
}

TEST(HelpTopics, TheDocumentationNamesNoOtherFields) {
  std::set<std::string> known;
  for (const auto& section : sections()) {
    for (const auto& field : fields_at(section)) known.insert(path_of(section, field));
  }
  for (const auto& row : table_in_docs()) {
    for (const auto& field : row.fields) EXPECT_TRUE(known.contains(field)) << field;
  }
}

TEST(HelpTopics, ConfigNamesEveryFieldThatTheParserKnows) {
  std::size_t count = 0;
  for (const auto& section : sections()) {
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
