#include "redis/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/redis/node_text.hpp"

namespace rediscovery::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

const Identity kNobody{};
const Identity kEverything{"alice", "secret", "st-api", 3};
const Reply kOk = Reply::status("OK");

std::vector<Words> spoken(const Identity& identity) {
  std::vector<Words> lines;
  const Handshake handshake(identity);
  for (const Command& command : handshake.commands()) lines.push_back(command.words());
  return lines;
}

// The replies in their order; the result must come with the last of them and not before.
Result<core::NodeReport> shake_hands(const Identity& identity, const std::vector<Reply>& replies) {
  Handshake handshake(identity);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    auto result = handshake.on_reply(replies[i]);
    if (!result) continue;
    EXPECT_EQ(i + 1, replies.size()) << "came too early";
    return *result;
  }
  ADD_FAILURE() << "no result";
  return Error(ErrorCode::protocol, Executed::no, "no result");
}

std::vector<Reply> good_replies(std::size_t greetings) {
  std::vector<Reply> replies(greetings, kOk);
  replies.push_back(role_master());
  replies.push_back(Reply::string(info_server()));
  replies.push_back(Reply::string(info_replication(kHistory, kNoHistory, "-1")));
  return replies;
}

// ---- what is said -------------------------------------------------------------------------------------

TEST(Handshake, SaysNothingOfAnIdentityThatIsNotThere) {
  EXPECT_EQ(spoken(kNobody), (std::vector<Words>{{"ROLE"}, {"INFO", "server"}, {"INFO", "replication"}}));
}

TEST(Handshake, SaysWhoWeAreBeforeItAsksWhoTheyAre) {
  EXPECT_EQ(spoken(kEverything), (std::vector<Words>{{"AUTH", "alice", "secret"},
                                                     {"CLIENT", "SETNAME", "st-api"},
                                                     {"SELECT", "3"},
                                                     {"ROLE"},
                                                     {"INFO", "server"},
                                                     {"INFO", "replication"}}));
}

TEST(Handshake, SaysWhatIsThereInEveryCombination) {
  for (unsigned int bits = 0; bits < 16; ++bits) {
    const bool user = (bits & 1) != 0, password = (bits & 2) != 0, name = (bits & 4) != 0,
               database = (bits & 8) != 0;
    const Identity identity{user ? "alice" : "", password ? "secret" : "", name ? "st-api" : "",
                            database ? 3U : 0U};
    std::vector<Words> expected;
    // A user without a password is refused with the options; here, nothing is sent.
    if (password) expected.push_back(user ? Words{"AUTH", "alice", "secret"} : Words{"AUTH", "secret"});
    if (name) expected.push_back({"CLIENT", "SETNAME", "st-api"});
    if (database) expected.push_back({"SELECT", "3"});
    const std::size_t greetings = expected.size();
    for (const Words& words : {Words{"ROLE"}, Words{"INFO", "server"}, Words{"INFO", "replication"}}) {
      expected.push_back(words);
    }
    EXPECT_EQ(spoken(identity), expected);
    EXPECT_TRUE(shake_hands(identity, good_replies(greetings))) << bits;
  }
}

// ---- what is heard ------------------------------------------------------------------------------------

TEST(Handshake, EndsWithTheNodesReport) {
  const auto report = shake_hands(kEverything, good_replies(3));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->role, core::Role::master);
  EXPECT_EQ(report->run_id, kRunId);
  EXPECT_EQ(report->lineage.id, kHistory);
}

TEST(Handshake, KnowsAReplicaForOne) {
  auto replies = good_replies(0);
  replies[0] = role_replica("10.0.0.1", Reply::integer(6379), "connected");
  EXPECT_EQ(shake_hands(kNobody, replies)->role, core::Role::replica);
}

TEST(Handshake, ARefusedUserIsAMatterOfAuthentication) {
  for (const auto* text : {"WRONGPASS invalid username-password pair or user is disabled.",
                           "ERR AUTH <password> called without any password configured for the default user.",
                           "ERR invalid password", "ERR wrong number of arguments for 'auth' command"}) {
    const auto result = shake_hands(kEverything, {Reply::error(text)});
    EXPECT_EQ(result.error(), Error(ErrorCode::authentication, Executed::no,
                                    "the server refuses this user: " + std::string(text)));
  }
}

TEST(Handshake, AMissingPasswordOrRightIsAMatterOfAuthenticationAtEveryStep) {
  const auto whole = good_replies(3);
  for (const auto* text :
       {"NOAUTH Authentication required.", "NOPERM this user has no permissions to run the 'role' command"}) {
    for (std::size_t step = 0; step < whole.size(); ++step) {
      std::vector<Reply> replies(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(step));
      replies.push_back(Reply::error(text));
      EXPECT_EQ(shake_hands(kEverything, replies).error().code(), ErrorCode::authentication) << step << text;
    }
  }
}

// These come before anything was looked at, so AUTH gets them: not for being wrong, but for being first.
TEST(Handshake, AServerThatRefusesEverybodyDoesNotRefuseThisUser) {
  for (const auto* text :
       {"ERR max number of clients reached", "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script."}) {
    for (const Identity& identity : {kEverything, kNobody}) {
      EXPECT_EQ(shake_hands(identity, {Reply::error(text)}).error(),
                Error(ErrorCode::server_error, Executed::no, "during the handshake: " + std::string(text)));
    }
  }
}

TEST(Handshake, AnyOtherErrorEndsItAtItsStep) {
  const auto whole = good_replies(3);
  for (std::size_t step = 1; step < whole.size(); ++step) {
    std::vector<Reply> replies(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(step));
    replies.push_back(Reply::error("ERR DB index is out of range"));
    EXPECT_EQ(
        shake_hands(kEverything, replies).error(),
        Error(ErrorCode::server_error, Executed::no, "during the handshake: ERR DB index is out of range"));
  }
}

TEST(Handshake, ASentinelIsNoRedis) {
  auto replies = good_replies(0);
  replies[0] = Reply::array({Reply::string("sentinel"), Reply::array({})});
  const Error error = shake_hands(kNobody, replies).error();
  EXPECT_EQ(error.code(), ErrorCode::protocol);
  EXPECT_EQ(error.executed(), Executed::no);
}

TEST(Handshake, GarbageOfEveryTypeIsSurvived) {
  const Reply garbage[] = {Reply(),
                           Reply::status(""),
                           Reply::string("\xff"),
                           Reply::integer(-1),
                           Reply::real(0.5),
                           Reply::boolean(true),
                           Reply::array({Reply::error("ERR inside")}),
                           Reply::map({Reply::string("a"), Reply()})};
  for (const Reply& reply : garbage) {
    const auto result = shake_hands(kEverything, std::vector<Reply>(6, reply));
    EXPECT_EQ(result.error().code(), ErrorCode::protocol) << reply;
    auto replies = good_replies(0);
    replies[1] = replies[2] = reply;
    const auto report = shake_hands(kNobody, replies);
    ASSERT_TRUE(report) << "ROLE decides; INFO only adds";
    EXPECT_EQ(report->lineage.id, "");
  }
}

// ---- secrets ------------------------------------------------------------------------------------------

TEST(Handshake, NeverShowsThePasswordThatAServerRepeats) {
  for (const auto* text : {"ERR unknown command 'AUTH', with args beginning with: 'alice' 'secret' ",
                           "ERR unknown command `AUTH`, with args beginning with: `alice`, `secret`, ",
                           "ERR no such user: alice/secret", "WRONGPASS secret"}) {
    const Error error = shake_hands(kEverything, {Reply::error(text)}).error();
    EXPECT_EQ(error.code(), ErrorCode::authentication);
    EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
  }
}

// Redis repeats the first 128 bytes only.
TEST(Handshake, NeverShowsThePartOfALongPasswordThatAServerRepeats) {
  const Identity identity{"", std::string(300, 'p'), "", 0};
  const std::string text =
      "ERR unknown command 'AUTH', with args beginning with: '" + std::string(128, 'p') + "' ";
  const Error error = shake_hands(identity, {Reply::error(text)}).error();
  EXPECT_EQ(error.message(), "the server refuses this user: ERR unknown command 'AUTH'");
}

}  // namespace
}  // namespace rediscovery::redis
