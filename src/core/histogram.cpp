#include <rediscovery/histogram.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rediscovery {

std::uint64_t Histogram::count() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

Histogram::Microseconds Histogram::quantile(double share) const noexcept {
  const std::uint64_t all = count();
  if (all == 0) return Microseconds(0);
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(all));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t so_far = 0;
  for (std::size_t range = 0; range < bounds.size(); ++range) {
    so_far += counts[range];
    if (so_far >= rank) return std::min(bounds[range], longest);
  }
  return longest;
}

}  // namespace rediscovery
