#include "bridge/app/installation.hpp"

#include <initializer_list>

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

/// The first that is there; else the first, so that an error names where it should be.
fs::path first_existing(std::initializer_list<fs::path> candidates) {
  std::error_code ignored;
  for (const auto& candidate : candidates)
    if (fs::exists(candidate, ignored)) return candidate.lexically_normal();
  return candidates.begin()->lexically_normal();
}

}  // namespace

Installation Installation::find() { return find_from(fs::read_symlink("/proc/self/exe")); }

// Installed: PREFIX/bin, PREFIX/share/omegate/plugins, PREFIX/libexec/omegate. Built: SOURCE/build/PRESET,
// SOURCE/plugins. The build tree is asked for first by its worker, which no installation has beside the
// program.
Installation Installation::find_from(const fs::path& program) {
  const auto folder = program.parent_path();
  const auto prefix = folder.parent_path();
  if (const auto worker = folder / "omegate-plugin-worker"; fs::exists(worker))
    return {first_existing({folder / "../../plugins", prefix / "share/omegate/plugins"}), worker};
  return {(prefix / "share/omegate/plugins"), prefix / "libexec/omegate/omegate-plugin-worker"};
}

}  // namespace omegate::app
