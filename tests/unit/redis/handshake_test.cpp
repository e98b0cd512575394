#include "redis/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/redis/node_text.hpp"

namespace rediscovery::redis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using Words = std::vector<std::string>;

const Identity kNobody{};
const Identity kEverything{"alice", "secret", "st-api", 3};
const Identity kResp3{"alice", "secret", "", 0, 3};
const Reply kOk = Reply::status("OK");

bool is_about_the_library(const Words& words) { return words.size() > 2 && words[1] == "SETINFO"; }

std::vector<Words> spoken(const Handshake& handshake) {
  std::vector<Words> lines;
  for (const Command& command : handshake.commands()) lines.push_back(command.words());
  return lines;
}

// Without what is said about the library.
std::vector<Words> spoken(const Identity& identity) {
  auto lines = spoken(Handshake(identity));
  std::erase_if(lines, is_about_the_library);
  return lines;
}

// The replies in their order, and a refusal for what is said about the library; the result must come with the
// last of them and not before.
Result<core::NodeReport> shake_hands(const Identity& identity, const std::vector<Reply>& replies) {
  Handshake handshake(identity);
  const std::vector<Words> lines = spoken(handshake);
  std::size_t line = 0;
  for (std::size_t i = 0; i < replies.size(); ++i, ++line) {
    for (; is_about_the_library(lines[line]); ++line) {
      EXPECT_FALSE(handshake.on_reply(Reply::error("ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.")));
    }
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

TEST(Handshake, TellsWhichLibraryThisIs) {
  const auto lines = spoken(Handshake(kNobody));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0], (Words{"ROLE"})) << "first: it may be the only one that is answered";
  EXPECT_EQ(lines[1], (Words{"CLIENT", "SETINFO", "LIB-NAME", "rediscovery"}));
  EXPECT_THAT(lines[2],
              ElementsAre("CLIENT", "SETINFO", "LIB-VER", MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+")));
}

TEST(Handshake, AQuestionIsAboutTheNodeAlone) { EXPECT_EQ(spoken(Handshake::question()), spoken(kNobody)); }

TEST(Handshake, HelloTakesThePlaceOfAuthWithResp3) {
  EXPECT_EQ(spoken(kResp3).front(), (Words{"HELLO", "3", "AUTH", "alice", "secret"}));
  EXPECT_EQ(spoken(kResp3).size(), 4U);
  EXPECT_EQ(spoken(Identity{"", "secret", "", 0, 3}).front(),
            (Words{"HELLO", "3", "AUTH", "default", "secret"}));
  EXPECT_EQ(spoken(Identity{"", "", "", 0, 3}).front(), (Words{"HELLO", "3"}));
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

TEST(Handshake, WithResp3TheAnswersAreTheSame) {
  auto replies = good_replies(1);
  replies[0] = Reply::map({Reply::string("proto"), Reply::integer(3)});
  const auto report = shake_hands(kResp3, replies);
  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->lineage.id, kHistory);
}

TEST(Handshake, AUserThatHelloRefusesIsTheUsersMatter) {
  for (const auto* text : {"WRONGPASS invalid username-password pair or user is disabled.",
                           "NOAUTH HELLO must be called with the client already authenticated"}) {
    EXPECT_EQ(
        shake_hands(kResp3, {Reply::error(text)}).error(),
        Error(ErrorCode::authentication, Executed::no, "the server refuses this user: " + std::string(text)));
  }
}

TEST(Handshake, AServerWithoutResp3IsNamed) {
  for (const auto* text :
       {"ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'alice' 'secret' ",
        "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `alice`, "
        "`secret`, ",
        "NOPROTO unsupported protocol version"}) {
    const Error error = shake_hands(kResp3, {Reply::error(text)}).error();
    EXPECT_EQ(error.code(), ErrorCode::authentication);
    EXPECT_THAT(error.message(), HasSubstr("the server does not speak RESP3"));
    EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
  }
  const Error error =
      shake_hands(Identity{"", "", "", 0, 3}, {Reply::error("ERR unknown command 'HELLO'")}).error();
  EXPECT_THAT(error.message(), HasSubstr("ERR unknown command 'HELLO'"));
}

// These come before anything was looked at, so AUTH gets them: not for being wrong, but for being first.
TEST(Handshake, AServerThatRefusesEverybodyDoesNotRefuseThisUser) {
  for (const auto* text :
       {"ERR max number of clients reached", "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script."}) {
    for (const Identity& identity : {kEverything, kResp3, kNobody}) {
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

TEST(Handshake, SaysNoMoreThanALineAboutALongAnswer) {
  const Reply role = Reply::array({Reply::string(std::string(1'000'000, 'x'))});
  const auto report = shake_hands(kNobody, {role, Reply::string(""), Reply::string("")});
  ASSERT_FALSE(report);
  EXPECT_LT(report.error().message().size(), 500U);
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

// A proxy that answers once too often moves the answer to AUTH to another command's place.
TEST(Handshake, NeverShowsThePasswordThatIsRepeatedInAnotherAnswersPlace) {
  const Reply ok = Reply::status("OK");
  for (const auto* text : {"ERR unknown command 'AUTH', with args beginning with: 'alice' 'secret' ",
                           "ERR no such user: alice/secret", "NOPERM secret", "LOADING secret"}) {
    const Error error = shake_hands(kEverything, {ok, ok, ok, Reply::error(text)}).error();
    EXPECT_THAT(error.message(), Not(HasSubstr("secret"))) << text;
  }
  std::vector<Reply> replies(6, ok);
  replies[3] = Reply::status("alice/secret");
  const auto report = shake_hands(kEverything, replies);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message(), Not(HasSubstr("secret")));
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
