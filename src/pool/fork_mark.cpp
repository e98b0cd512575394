#include "pool/fork_mark.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace rediscovery {
namespace {

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

ForkMark::ForkMark() : process_(getpid()) {
  void* page = mmap(nullptr, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (madvise(page, page_size(), MADV_WIPEONFORK) != 0) {
    munmap(page, page_size());
    return;
  }
  mark_ = static_cast<volatile bool*>(page);
  *mark_ = true;
}

ForkMark::~ForkMark() {
  if (mark_ != nullptr) munmap(const_cast<bool*>(mark_), page_size());
}

bool ForkMark::is_forked() const noexcept { return mark_ != nullptr ? !*mark_ : getpid() != process_; }

}  // namespace rediscovery
