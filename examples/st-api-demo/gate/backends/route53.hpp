// Amazon's Route 53.
#pragma once

#include <functional>

#include "backends/backend.hpp"
#include "backends/route53_xml.hpp"
#include "backends/sigv4.hpp"
#include "net/http.hpp"

namespace st_gate {

struct Route53Settings {
  std::string endpoint = "https://route53.amazonaws.com";
  std::string region = "us-east-1";  // whatever the region of the nodes
  std::string hosted_zone;           // "Z0123456789"
  std::string name;                  // "st-api.example.test."
  long ttl = 5;
  std::string owner = "st-api-gate";
  AwsKey key;
  Millis timeout{5'000};
  std::string ca_file;
  std::function<Time()> clock;
};

// Each address is a multivalue record set of its own. Its identifier says whose it is: "<owner>:<address>".
// So the sets are independent: a CREATE fails where there is one, a DELETE where there is another, and a
// batch is all or nothing. Nothing is ever replaced (UPSERT): the last writer would win.
class Route53 : public Backend {
 public:
  explicit Route53(Route53Settings settings);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] Published read() override;
  [[nodiscard]] Written write(const Published& seen, const std::vector<Change>& changes) override;

 private:
  HttpAnswer send(AwsRequest request);
  [[nodiscard]] std::string zone_path() const;

  Route53Settings settings_;
  std::string host_;
  Http http_;
};

}  // namespace st_gate
