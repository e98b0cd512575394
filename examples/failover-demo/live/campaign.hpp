// Every fault, and its undoing, again and again by the buttons' own way; and what came of it in numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "live/session.hpp"
#include "screen.hpp"

namespace rediscovery::demo::live {

// What one fault, with its undoing, has come to in every round.
struct CampaignRow {
  std::string fault;
  std::vector<LaneMeter::Course> library;  // one for each round
  std::vector<LaneMeter::Course> plain;
};

// Nothing when it was asked to stop. Throws std::runtime_error when a fault cannot be made or is not over in
// time.
std::optional<std::vector<CampaignRow>> run_campaign(Session& session, const std::vector<std::string>& faults,
                                                     int rounds, Screen& screen);

// Whether a request of the library's lane has failed.
bool has_failed(const std::vector<CampaignRow>& rows);
// For people, and for programs.
std::vector<std::string> table(const std::vector<CampaignRow>& rows);
nlohmann::ordered_json to_json(const std::vector<CampaignRow>& rows, int rate, int rounds);

}  // namespace rediscovery::demo::live
