// What there is to watch, and in which quality on which kind of device.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace st_api {

// The message says which content and field is wrong, and what is expected.
class CatalogError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Right { granted, device_denied, quality_denied };

struct Content {
  std::string title;
  std::map<std::string, std::string> best_quality;  // by device; a device that is not here may not play it

  // REQUIRES: is_device(device) and is_quality(quality).
  [[nodiscard]] Right right(const std::string& device, const std::string& quality) const;
};

[[nodiscard]] bool is_device(std::string_view text);   // tv, phone, tablet, web
[[nodiscard]] bool is_quality(std::string_view text);  // sd, hd, uhd
// Of contents and users: becomes part of Redis keys and of URLs, so nothing that means something there.
[[nodiscard]] bool is_name(std::string_view text);

class Catalog {
 public:
  // {"film-1": {"title": "…", "rights": {"tv": "uhd", "phone": "hd"}}, …}: for each device the best quality
  // that may be played on it. Throws CatalogError.
  [[nodiscard]] static Catalog from_json(const std::string& text);

  // nullptr: there is no such content. Valid as long as this.
  [[nodiscard]] const Content* find(const std::string& content) const;
  [[nodiscard]] std::size_t size() const { return contents_.size(); }

 private:
  std::map<std::string, Content> contents_;
};

}  // namespace st_api
