// The back end for DNS servers that take updates, against a real one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "backends/rfc2136.hpp"
#include "support/address_block.hpp"
#include "support/dns_client.hpp"
#include "support/knot.hpp"
#include "support/scripted_tcp.hpp"

namespace st_gate {
namespace {

using rediscovery::testing::AddressBlock;
using rediscovery::testing::Keeper;
using rediscovery::testing::Knot;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Result = Written::Result;

constexpr const char* kName = "st-api.example.test.";

Change add(const std::string& address) { return {Move::add, address, "", ""}; }
Change remove(const std::string& address) { return {Move::remove, address, "", ""}; }

class GateRfc2136 : public ::testing::Test {
 protected:
  [[nodiscard]] Rfc2136Settings settings() const {
    Rfc2136Settings settings;
    settings.server = {dns_.ip(), dns_.port(), std::chrono::seconds(5)};
    settings.zone = "example.test.";
    settings.name = kName;
    settings.key = TsigKey{std::string(Knot::kKey) + ".", "hmac-sha256", Knot::kSecret};
    return settings;
  }
  [[nodiscard]] std::vector<std::string> answer() const { return dns_.addresses("st-api.example.test"); }

  AddressBlock addresses_;
  Keeper keeper_{addresses_.lock_fd()};
  Knot dns_{keeper_, addresses_.ip(31)};
};

TEST_F(GateRfc2136, AddsAndRemovesSingleRecordsWithTheirMarks) {
  Rfc2136 backend(settings());
  EXPECT_THAT(backend.read().records, IsEmpty());
  ASSERT_EQ(backend.write(backend.read(), {add("192.0.2.1"), add("192.0.2.2"), add("2001:db8::1")}).result,
            Result::done);
  auto read = backend.read();
  ASSERT_EQ(read.records.size(), 3U);
  EXPECT_EQ(read.marks.size(), 3U);
  for (const auto& record : read.records) {
    EXPECT_TRUE(record.ours) << record.address;
    EXPECT_EQ(record.ttl, 5);
  }
  ASSERT_EQ(backend.write(read, {remove("192.0.2.1")}).result, Result::done);
  EXPECT_THAT(answer(), ElementsAre("192.0.2.2", "2001:db8::1"));
  ASSERT_EQ(backend.write(backend.read(), {remove("192.0.2.2"), remove("2001:db8::1")}).result, Result::done);
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(backend.read().marks, IsEmpty());
}

TEST_F(GateRfc2136, RecordsThatSomebodyElseHasMadeAreNotOurs) {
  Rfc2136 backend(settings());
  dns_.update({"update add st-api.example.test. 5 A 192.0.2.9"});
  ASSERT_EQ(backend.write(backend.read(), {add("192.0.2.1")}).result, Result::done);
  for (const auto& record : backend.read().records) EXPECT_EQ(record.ours, record.address == "192.0.2.1");
  auto other = settings();
  other.owner = "another-gate";
  for (const auto& record : Rfc2136(other).read().records) EXPECT_FALSE(record.ours);
}

TEST_F(GateRfc2136, WhoHasReadSomethingElseChangesNothing) {
  Rfc2136 backend(settings());
  const auto seen = backend.read();
  dns_.update({"update add st-api.example.test. 5 A 192.0.2.9"});
  EXPECT_EQ(backend.write(seen, {add("192.0.2.1")}).result, Result::conflict)
      << "there was none, and now there is";
  const auto one = backend.read();
  dns_.update({"update add st-api.example.test. 5 A 192.0.2.8"});
  EXPECT_EQ(backend.write(one, {add("192.0.2.1")}).result, Result::conflict) << "one more";
  const auto two = backend.read();
  dns_.update({"update delete st-api.example.test. A 192.0.2.8"});
  EXPECT_EQ(backend.write(two, {add("192.0.2.1")}).result, Result::conflict) << "one less";
  dns_.update({"update delete st-api.example.test. A"});
  EXPECT_EQ(backend.write(two, {add("192.0.2.1")}).result, Result::conflict) << "none at all";
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_EQ(backend.write(backend.read(), {add("192.0.2.1")}).result, Result::done);
}

TEST_F(GateRfc2136, OfManyWhoWriteAtOneTimeNobodyOverwritesAnother) {
  constexpr int kWriters = 8;
  std::vector<std::thread> writers;
  std::atomic<int> conflicts = 0;
  for (int i = 1; i <= kWriters; ++i) {
    writers.emplace_back([&, i] {
      Rfc2136 backend(settings());
      for (int tries = 0; tries < 500; ++tries) {
        const auto written = backend.write(backend.read(), {add("192.0.2." + std::to_string(i))});
        if (written.result == Result::done) return;
        if (written.result == Result::conflict) ++conflicts;
      }
      ADD_FAILURE() << "writer " << i << " was never the first";
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(answer().size(), static_cast<std::size_t>(kWriters));
  EXPECT_EQ(Rfc2136(settings()).read().marks.size(), static_cast<std::size_t>(kWriters));
}

TEST_F(GateRfc2136, AnUpdateIsAllOrNothing) {
  Rfc2136 backend(settings());
  const auto before = backend.read();
  ASSERT_EQ(backend.write(before, {add("192.0.2.1")}).result, Result::done);
  EXPECT_EQ(backend.write(before, {add("192.0.2.2"), remove("192.0.2.1")}).result, Result::conflict);
  EXPECT_THAT(answer(), ElementsAre("192.0.2.1"));
  ASSERT_EQ(backend.write(backend.read(), {add("192.0.2.2"), remove("192.0.2.1")}).result, Result::done);
  EXPECT_THAT(answer(), ElementsAre("192.0.2.2"));
  auto elsewhere = settings();
  elsewhere.name = "st-api.elsewhere.test.";
  const auto written = Rfc2136(elsewhere).write({}, {add("192.0.2.1"), add("192.0.2.2")});
  EXPECT_EQ(written.result, Result::refused) << written.message;
  EXPECT_THAT(answer(), ElementsAre("192.0.2.2"));
}

TEST_F(GateRfc2136, AKeyThatTheServerDoesNotTakeIsNamedAsTheReason) {
  const auto with_key = [this](const TsigKey& key) {
    auto changed = settings();
    changed.key = key;
    return Rfc2136(changed).write({}, {add("192.0.2.1")});
  };
  const std::string name = std::string(Knot::kKey) + ".";
  const auto secret = with_key({name, "hmac-sha256", "c29tZXRoaW5nIGVsc2Ugb2YgMzIgYnl0ZXMgbGVuZ3Q="});
  EXPECT_EQ(secret.result, Result::refused);
  EXPECT_THAT(secret.message, HasSubstr("BADSIG: the TSIG secret is not the server's"));
  const auto unknown = with_key({"nobody.example.test.", "hmac-sha256", Knot::kSecret});
  EXPECT_EQ(unknown.result, Result::refused);
  EXPECT_THAT(unknown.message, HasSubstr("BADKEY: the server does not know the TSIG key"));
  const auto powerless = with_key({std::string(Knot::kOtherKey) + ".", "hmac-sha256", Knot::kSecret});
  EXPECT_EQ(powerless.result, Result::refused);
  auto unsigned_settings = settings();
  unsigned_settings.key.reset();
  const auto without = Rfc2136(unsigned_settings).write({}, {add("192.0.2.1")});
  EXPECT_EQ(without.result, Result::refused) << without.message;
  EXPECT_THAT(answer(), IsEmpty());
  for (const auto& written : {secret, unknown, powerless})
    EXPECT_THAT(written.message, ::testing::Not(HasSubstr(Knot::kSecret)));
}

TEST_F(GateRfc2136, AServerWithoutAuthorityIsNotBelieved) {
  auto elsewhere = settings();
  elsewhere.name = "st-api.elsewhere.test.";
  Rfc2136 backend(elsewhere);
  EXPECT_THROW((void)backend.read(), BackendError);
}

TEST_F(GateRfc2136, AnAliasIsRefusedWithTheReason) {
  dns_.update({"update add st-api.example.test. 5 CNAME ns.example.test."});
  Rfc2136 backend(settings());
  try {
    (void)backend.read();
    ADD_FAILURE() << "an alias was read";
  } catch (const BackendError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is an alias (CNAME)"));
  }
}

TEST_F(GateRfc2136, AServerThatHangsOrAnswersNonsenseIsAFailureInTime) {
  auto impatient = settings();
  impatient.server.timeout = std::chrono::milliseconds(200);
  rediscovery::testing::ScriptedTcp silent(addresses_.next_free_ip());
  impatient.server.address = silent.ip();
  impatient.server.port = silent.port();
  Rfc2136 backend(impatient);
  EXPECT_THROW((void)backend.read(), BackendError);
  EXPECT_EQ(backend.write({}, {add("192.0.2.1")}).result, Result::failed);
  silent.set_handler([](std::string_view) {
    return rediscovery::testing::TcpAction{std::string("\0\x05"
                                                       "abcde",
                                                       7),
                                           true};
  });
  EXPECT_THROW((void)backend.read(), BackendError);
  EXPECT_EQ(backend.write({}, {add("192.0.2.1")}).result, Result::failed);
}

TEST_F(GateRfc2136, AnAnswerThatIsNotSignedIsNotBelieved) {
  // The server's own answer, to somebody who does not sign.
  auto keyless = settings();
  rediscovery::testing::ScriptedTcp forger(addresses_.next_free_ip());
  forger.set_handler([](std::string_view request) {
    // The request's ID, an answer to an update, no error, nothing in it.
    if (request.size() < 4) return rediscovery::testing::TcpAction{};
    std::string bytes = std::string("\0\x0c", 2) + std::string(request.substr(2, 2)) +
                        std::string("\xa8\0\0\0\0\0\0\0\0\0", 10);
    return rediscovery::testing::TcpAction{bytes, true};
  });
  keyless.server.address = forger.ip();
  keyless.server.port = forger.port();
  const auto written = Rfc2136(keyless).write({}, {add("192.0.2.1")});
  EXPECT_EQ(written.result, Result::failed);
  EXPECT_THAT(written.message, HasSubstr("not signed with our key"));
}

TEST_F(GateRfc2136, AClockThatIsWrongIsNamedAsTheReason) {
  // What a server answers then (RFC 8945 §5.2.3): NOTAUTH, and a TSIG record with the error BADTIME.
  rediscovery::testing::ScriptedTcp server(addresses_.next_free_ip());
  server.set_handler([](std::string_view request) {
    if (request.size() < 4) return rediscovery::testing::TcpAction{};
    const std::string id(request.substr(2, 2));
    const std::string name = std::string("\4gate\7example\4test", 18) + '\0';
    const std::string algorithm = std::string("\013hmac-sha256", 12) + '\0';
    const std::string data = algorithm + std::string(6, '\0') + "\001\054" + std::string(2, '\0') + id +
                             std::string("\0\022\0\0", 4);
    const std::string record =
        name + std::string("\0\372\0\377\0\0\0\0\0", 9) + static_cast<char>(data.size()) + data;
    const std::string message = id + std::string("\250\011\0\0\0\0\0\0\0\1", 10) + record;
    return rediscovery::testing::TcpAction{std::string("\0", 1) + static_cast<char>(message.size()) + message,
                                           true};
  });
  auto changed = settings();
  changed.server.address = server.ip();
  changed.server.port = server.port();
  const auto written = Rfc2136(changed).write({}, {add("192.0.2.1")});
  EXPECT_EQ(written.result, Result::refused);
  EXPECT_THAT(written.message, HasSubstr("BADTIME: the clocks of this host and the server differ"));
}

TEST_F(GateRfc2136, AMoreThanUsualNumberOfRecordsIsReadAndCompared) {
  Rfc2136 backend(settings());
  std::vector<Change> many;
  for (int i = 1; i <= 200; ++i) many.push_back(add("192.0.2." + std::to_string(i)));
  ASSERT_EQ(backend.write(backend.read(), many).result, Result::done);
  const auto seen = backend.read();
  EXPECT_EQ(seen.records.size(), 200U);
  ASSERT_EQ(backend.write(seen, {remove("192.0.2.77")}).result, Result::done);
  EXPECT_EQ(backend.read().records.size(), 199U);
}

}  // namespace
}  // namespace st_gate
