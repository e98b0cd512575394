#pragma once

#include "support/server.hpp"

namespace rediscovery::testing {

/// A real Knot DNS: the primary of the zone example.test, which takes updates signed with kKey, as an
/// ordinary process with nothing of the machine's own configuration. The zone lives as long as this object.
class Knot : public Server {
 public:
  static constexpr const char* kZone = "example.test";
  static constexpr const char* kKey = "gate.example.test";
  static constexpr const char* kSecret = "c2l4dGVlbiBjaGFyYWN0ZXJzIG9yIG1vcmUuLi4uLi4=";
  /// Known to the server, but it may not update.
  static constexpr const char* kOtherKey = "other.example.test";

  Knot(Keeper& keeper, std::string ip, std::uint16_t port = 5353);
  ~Knot() override;

  [[nodiscard]] bool ready() override;
  /// The addresses of a name now, sorted.
  [[nodiscard]] std::vector<std::string> addresses(const std::string& name) const;
  /// An update by hand: nsupdate with these lines ("update add x.example.test. 5 A 192.0.2.1"), signed with
  /// kKey.
  void update(const std::vector<std::string>& lines) const;

 protected:
  [[nodiscard]] Program program() const override;

 private:
  [[nodiscard]] std::filesystem::path own_folder() const { return folder() / name(); }
};

}  // namespace rediscovery::testing
