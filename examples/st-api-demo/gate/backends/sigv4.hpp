// AWS Signature Version 4, of the request as it goes over the wire. Knows no clock and no network.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace st_gate {

struct AwsKey {
  std::string id;
  std::string secret;
  std::string session_token;  // of temporary credentials; may be empty
};

struct AwsScope {
  std::string region;
  std::string service;
  Time time;
};

struct AwsRequest {
  std::string method;
  std::string path = "/";                                  // as sent
  std::vector<std::pair<std::string, std::string>> query;  // not encoded yet
  std::map<std::string, std::string> headers;              // what is signed; names in small letters
  std::string body;
};

// "20150830T123600Z"
[[nodiscard]] std::string aws_time(Time time);
// Everything but letters, digits, '-', '.', '_' and '~' as %XX.
[[nodiscard]] std::string aws_encode(const std::string& text);
// "a=1&b=2", in the order in which it is signed.
[[nodiscard]] std::string aws_query(std::vector<std::pair<std::string, std::string>> query);

// The steps, each of which AWS has published values for.
[[nodiscard]] std::string canonical_request(const AwsRequest& request);
[[nodiscard]] std::string string_to_sign(const AwsRequest& request, const AwsScope& scope);
[[nodiscard]] std::string aws_signature(const AwsRequest& request, const AwsKey& key, const AwsScope& scope);
// The value of the header Authorization.
[[nodiscard]] std::string aws_authorization(const AwsRequest& request, const AwsKey& key,
                                            const AwsScope& scope);

}  // namespace st_gate
