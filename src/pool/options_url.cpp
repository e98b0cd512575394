// Options from a URL: translated into JSON, which knows the fields.
#include <algorithm>
#include <cctype>
#include <charconv>

#include <nlohmann/json.hpp>

#include "core/endpoint.hpp"
#include "pool/options_fields.hpp"

namespace rediscovery {
namespace {

using nlohmann::json;

constexpr std::string_view kScheme = "redis://";
constexpr std::string_view kTlsScheme = "rediss://";

// RFC 3986, 2.1.
std::string decode(const std::string& field, std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned int byte = 0;
    const char* start = text.data() + i + 1;
    const bool complete = i + 2 < text.size();
    if (!complete || std::from_chars(start, start + 2, byte, 16).ptr != start + 2) {
      throw InvalidOptions(field, "has a '%' that two hexadecimal digits do not follow");
    }
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

// The part before the first `separator`; `rest` becomes what is after it, or empty.
std::string_view cut(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const std::string_view head = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return head;
}

json number_or_text(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() < 19 &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits ? json(std::stoull(text)) : json(text);
}

void read_host(std::string_view host, json& document) {
  // An address without a port has that of the query, or the default one.
  if (core::parse_endpoint(host, 6379)) {
    document["master"] = host;
    return;
  }
  std::string_view rest = host;
  document["master"] = decode("master", cut(rest, ':'));
  if (!rest.empty()) document["default_port"] = number_or_text(std::string(rest));
}

void read_user(std::string_view user, json& document) {
  std::string_view password = user;
  const std::string name = decode("username", cut(password, ':'));
  if (!name.empty()) document["username"] = name;
  document["password"] = decode("password", password);
}

void read_query(std::string_view query, json& document) {
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    const std::string name = decode("(query)", cut(value, '='));
    const std::string field = name == "dns" ? "dns_servers" : name;
    const auto is_called = [&](const auto& each) { return each.name == field; };
    if (std::any_of(options_fields::kTextLists.begin(), options_fields::kTextLists.end(), is_called)) {
      json texts = json::array();
      while (!value.empty()) texts.push_back(decode(field, cut(value, ',')));
      document[field] = std::move(texts);
      continue;
    }
    const bool is_text = std::any_of(options_fields::kTexts.begin(), options_fields::kTexts.end(), is_called);
    const bool is_flag = std::any_of(options_fields::kFlags.begin(), options_fields::kFlags.end(), is_called);
    const std::string decoded = decode(name, value);
    if (is_flag && (decoded == "true" || decoded == "false")) {
      document[name] = decoded == "true";
    } else {
      document[name] = is_text ? json(decoded) : number_or_text(decoded);
    }
  }
}

}  // namespace

Options Options::from_url(std::string_view url) {
  const bool tls = url.starts_with(kTlsScheme);
  if (!tls && !url.starts_with(kScheme)) {
    throw InvalidOptions("(url)", "must start with redis:// or, for TLS, rediss://");
  }
  std::string_view query = url.substr(tls ? kTlsScheme.size() : kScheme.size());
  std::string_view path = cut(query, '?');
  std::string_view authority = cut(path, '/');

  // Else the error would repeat a part of the password as the name of an unknown field.
  if (path.find('@') != std::string_view::npos || query.find('@') != std::string_view::npos) {
    throw InvalidOptions("(url)", "has an '@' after the host: in a password write '/' as %2F and '?' as %3F");
  }

  json document = json::object();
  // The last @: a password written without percent-encoding may contain one.
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    read_user(authority.substr(0, at), document);
    authority = authority.substr(at + 1);
  }
  read_host(authority, document);
  if (!path.empty()) document["database"] = number_or_text(std::string(path));
  if (tls) document["tls"] = true;
  read_query(query, document);
  if (tls && document["tls"] == json(false)) {
    throw InvalidOptions("tls", "is false in a URL that asks for TLS (rediss)");
  }
  return options_fields::read(document);  // never as text: a password may be any bytes
}

}  // namespace rediscovery
