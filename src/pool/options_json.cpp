// Options from JSON.
#include <nlohmann/json.hpp>

#include "pool/options_fields.hpp"

namespace rediscovery {
namespace {

using nlohmann::json;

std::string text(const std::string& field, const json& value) {
  if (!value.is_string()) throw InvalidOptions(field, "must be a string");
  return value.get<std::string>();
}

std::uint64_t number(const std::string& field, const json& value, std::uint64_t most) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    throw InvalidOptions(field, "must be a whole number of 0…" + std::to_string(most));
  }
  return value.get<std::uint64_t>();
}

bool flag(const std::string& field, const json& value) {
  if (!value.is_boolean()) throw InvalidOptions(field, "must be true or false");
  return value.get<bool>();
}

std::vector<std::string> text_list(const std::string& field, const json& value) {
  if (!value.is_array()) throw InvalidOptions(field, "must be an array of strings");
  std::vector<std::string> texts;
  for (const auto& each : value)
    texts.push_back(text(field + "[" + std::to_string(texts.size()) + "]", each));
  return texts;
}

template <typename Value>
Value one_of(const std::string& field, const json& value,
             const std::vector<std::pair<std::string_view, Value>>& choices) {
  const std::string choice = text(field, value);
  std::string accepted;
  for (const auto& [name, each] : choices) {
    if (name == choice) return each;
    accepted.append(accepted.empty() ? "" : ", ").append(name);
  }
  throw InvalidOptions(field, "is '" + choice + "'; accepted: " + accepted);
}

// True if `name` is the field and was read.
template <typename Fields, typename Read>
bool read_one_of(const Fields& fields, std::string_view name, Read read) {
  for (const auto& field : fields) {
    if (field.name != name) continue;
    read(field);
    return true;
  }
  return false;
}

void read_field(Options& options, const std::string& name, const json& value) {
  using namespace options_fields;
  const std::string_view whole = name;
  if (read_one_of(kTexts, name, [&](const Text& field) { options.*field.member = text(name, value); }))
    return;
  if (read_one_of(kFlags, name, [&](const Flag& field) { options.*field.member = flag(name, value); }))
    return;
  if (read_one_of(kCounts, name, [&](const Count& field) {
        options.*field.member = number(name, value, std::numeric_limits<std::uint32_t>::max());
      })) {
    return;
  }
  if (whole.ends_with("_ms") &&
      read_one_of(kDurations, whole.substr(0, whole.size() - 3), [&](const Duration& field) {
        options.*field.member = Options::Milliseconds(number(name, value, static_cast<std::uint64_t>(kYear)));
      })) {
    return;
  }
  if (read_one_of(kTextLists, name,
                  [&](const TextList& field) { options.*field.member = text_list(name, value); })) {
    return;
  }
  if (name == "default_port") {
    options.default_port = static_cast<std::uint16_t>(number(name, value, 65'535));
  } else if (name == "database") {
    options.database = static_cast<std::uint32_t>(number(name, value, 1'000'000));
  } else if (name == "protocol") {
    options.protocol = static_cast<std::uint32_t>(number(name, value, 3));
  } else if (name == "promotion") {
    options.promotion = one_of<Promotion>(
        name, value, {{"observed", Promotion::observed}, {"announced", Promotion::announced}});
  } else if (name == "read_from") {
    options.read_from = one_of<ReadFrom>(name, value,
                                         {{"master", ReadFrom::master},
                                          {"replica", ReadFrom::replica},
                                          {"any", ReadFrom::any},
                                          {"nearest", ReadFrom::nearest}});
  } else if (read_one_of(kDurations, name, [](const Duration&) {})) {
    throw InvalidOptions(name, "is a duration: write \"" + name + "_ms\" with a number of milliseconds");
  } else {
    throw InvalidOptions(name, "is not a known field");
  }
}

}  // namespace

Options options_fields::read(const json& document) {
  Options options;
  for (const auto& [name, value] : document.items()) read_field(options, name, value);
  options.validate();
  return options;
}

Options Options::from_json(std::string_view text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) throw InvalidOptions("(document)", "is not valid JSON");
  if (!document.is_object()) throw InvalidOptions("(document)", "must be a JSON object");
  return options_fields::read(document);
}

}  // namespace rediscovery
