// AWS Signature Version 4, by the values of AWS' own test suite (aws-sig-v4-test-suite).
#include <gtest/gtest.h>

#include "backends/sigv4.hpp"

namespace st_gate {
namespace {

// The suite signs all of its requests with these.
const AwsKey kKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const AwsScope kScope{"us-east-1", "service", *parse_time("2015-08-30T12:36:00Z")};

AwsRequest suite_request(const std::string& method, const std::string& path = "/") {
  return {method, path, {}, {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}}, ""};
}

TEST(SigV4Suite, GetVanilla) {
  const auto request = suite_request("GET");
  EXPECT_EQ(canonical_request(request),
            "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(string_to_sign(request, kScope),
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n"
            "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
  EXPECT_EQ(aws_authorization(request, kKey, kScope),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4Suite, GetVanillaQueryOrderKeyCase) {
  auto request = suite_request("GET");
  request.query = {{"Param2", "value2"}, {"Param1", "value1"}};
  EXPECT_EQ(aws_signature(request, kKey, kScope),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4Suite, GetVanillaQueryOrderValue) {
  auto request = suite_request("GET");
  request.query = {{"Param1", "value2"}, {"Param1", "value1"}};
  EXPECT_EQ(aws_signature(request, kKey, kScope),
            "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694");
}

TEST(SigV4Suite, GetUnreserved) {
  const auto request =
      suite_request("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(aws_signature(request, kKey, kScope),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

TEST(SigV4Suite, PostXWwwFormUrlencoded) {
  auto request = suite_request("POST");
  request.headers["content-type"] = "application/x-www-form-urlencoded";
  request.body = "Param1=value1";
  EXPECT_TRUE(canonical_request(request).ends_with(
      "\ncontent-type;host;x-amz-date\n9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"));
  EXPECT_EQ(aws_signature(request, kKey, kScope),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST(SigV4, EncodesWhatIsNotPlainAndSortsAfterThat) {
  EXPECT_EQ(aws_encode("a b/c+~"), "a%20b%2Fc%2B~");
  EXPECT_EQ(aws_query({{"b", ""}, {"a", "x y"}}), "a=x%20y&b=");
}

TEST(SigV4, SpacesInAHeadersValueAreSignedAsOne) {
  auto request = suite_request("GET");
  const auto plain = aws_signature(request, kKey, kScope);
  request.headers["host"] = "  example.amazonaws.com ";
  EXPECT_EQ(aws_signature(request, kKey, kScope), plain);
}

}  // namespace
}  // namespace st_gate
