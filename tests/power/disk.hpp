// What a power cut may leave of a recorded history: every image of the disk that is allowed.
//
// Synced writes are there. Of those behind the last sync of their file any may be missing, and any may be torn:
// some of its sectors are there, others not. The folder keeps the order of its changes, and loses the end of
// them. Neighbours of a written range keep their bytes (SQLite counts on that, too: "powersafe overwrite").
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/power/recorder.hpp"

namespace omegate::power {

/// The files of a folder by name.
using Image = std::map<std::string, Bytes>;

void write_image(const Image& image, const std::string& folder);

class Disk {
 public:
  /// `history` must outlive it. The power is cut when `moment` things were done.
  Disk(const std::vector<Op>& history, std::size_t moment);

  /// Up to `limit` images, all different: everything lost, nothing lost, each single write lost or torn, and then
  /// all combinations if there are so few, else as many as `random` draws.
  std::vector<Image> images(std::size_t limit, std::mt19937_64& random) const;

  /// Writes that no sync has reached.
  std::size_t unsynced() const { return loose_.size(); }

 private:
  enum class Fate : char { there, lost, torn };
  Image image(const std::vector<Fate>& fates, std::size_t folder_changes, std::mt19937_64& random) const;
  std::vector<Fate> drawn(std::mt19937_64& random) const;
  void apply(const Op& op, Fate fate, Bytes& file, std::mt19937_64& random) const;

  std::map<std::size_t, Bytes> files_;        // by inode: what is synced
  std::map<std::string, std::size_t> names_;  // as synced
  std::vector<const Op*> loose_;              // writes and truncations
  std::vector<const Op*> loose_changes_;      // of the folder
};

/// When to cut: before each sync, at which most is unsynced, and at each of `moments`. A cut between two of them
/// leaves no other image than one of these.
std::set<std::size_t> cuts(const std::vector<Op>& history, const std::set<std::size_t>& moments);

}  // namespace omegate::power
