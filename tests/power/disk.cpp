#include "tests/power/disk.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

namespace omegate::power {
namespace {

using Kind = Op::Kind;

constexpr std::size_t sector = 512;
constexpr std::size_t few = 7;  // writes of which all combinations are tried

void put(const Op& op, std::size_t from, std::size_t size, Bytes& file) {
  const auto at = static_cast<std::size_t>(op.at) + from;
  if (file.size() < at + size) file.resize(at + size);
  std::copy_n(op.bytes.begin() + static_cast<std::ptrdiff_t>(from), size,
              file.begin() + static_cast<std::ptrdiff_t>(at));
}

bool draw(std::mt19937_64& random, unsigned one_in) { return random() % one_in == 0; }

std::size_t fingerprint(const Image& image) {
  std::size_t sum = image.size();
  for (const auto& [name, bytes] : image) {
    for (const std::string_view part : {std::string_view(name), as_text(bytes)})
      sum = sum * 1'000'003 + std::hash<std::string_view>()(part);
  }
  return sum;
}

}  // namespace

void write_image(const Image& image, const std::string& folder) {
  for (const auto& [name, bytes] : image) {
    std::ofstream file(folder + "/" + name, std::ios::binary | std::ios::trunc);
    file << as_text(bytes);
  }
}

Disk::Disk(const std::vector<Op>& history, std::size_t moment) {
  std::mt19937_64 unused;
  for (const Op& op : std::span(history).first(moment)) {
    const bool is_change = op.kind == Kind::create || op.kind == Kind::remove;
    if (is_change) loose_changes_.push_back(&op);
    if (op.kind == Kind::write || op.kind == Kind::truncate) loose_.push_back(&op);
    if (op.kind == Kind::sync) {
      const auto is_other = [&](const Op* each) { return each->inode != op.inode; };
      const auto end = std::stable_partition(loose_.begin(), loose_.end(), is_other);
      std::for_each(end, loose_.end(), [&](const Op* each) { apply(*each, Fate::there, files_[op.inode], unused); });
      loose_.erase(end, loose_.end());
    }
    if (!op.with_folder) continue;
    for (const Op* each : std::exchange(loose_changes_, {})) {
      if (each->kind == Kind::create) names_[each->name] = each->inode;
      if (each->kind == Kind::remove) names_.erase(each->name);
    }
  }
}

std::vector<Image> Disk::images(std::size_t limit, std::mt19937_64& random) const {
  const std::size_t all = loose_changes_.size();
  std::vector<Image> found;
  std::set<std::size_t> known;
  const auto add = [&](const std::vector<Fate>& fates, std::size_t folder_changes) {
    if (found.size() >= limit) return;
    Image made = image(fates, folder_changes, random);
    if (known.insert(fingerprint(made)).second) found.push_back(std::move(made));
  };
  for (std::size_t changes = 0; changes <= all; ++changes) {
    add(std::vector(loose_.size(), Fate::lost), changes);
    add(std::vector(loose_.size(), Fate::there), changes);
  }
  for (std::size_t i = 0; i < loose_.size(); ++i) {
    for (const Fate fate : {Fate::lost, Fate::torn}) {
      std::vector fates(loose_.size(), Fate::there);
      fates[i] = fate;
      add(fates, all);
    }
  }
  if (loose_.size() <= few) {
    for (std::size_t bits = 0; bits < std::size_t{1} << loose_.size(); ++bits) {
      std::vector<Fate> fates;
      for (std::size_t i = 0; i < loose_.size(); ++i)
        fates.push_back((bits >> i & 1) != 0 ? Fate::there : Fate::lost);
      add(fates, all);
    }
  }
  for (std::size_t tries = 0; tries < limit && !loose_.empty(); ++tries)
    add(drawn(random), draw(random, 2) ? all : random() % (all + 1));
  return found;
}

/// A head of what was written, some of the rest, some of it torn: disks mostly keep the order.
std::vector<Disk::Fate> Disk::drawn(std::mt19937_64& random) const {
  const std::size_t head = random() % (loose_.size() + 1);
  const auto chance = static_cast<unsigned>(2 + random() % 6);
  std::vector<Fate> fates;
  for (std::size_t i = 0; i < loose_.size(); ++i) {
    const bool there = i < head ? !draw(random, 4 * chance) : draw(random, chance);
    fates.push_back(!there ? Fate::lost : draw(random, 4) ? Fate::torn : Fate::there);
  }
  return fates;
}

void Disk::apply(const Op& op, Fate fate, Bytes& file, std::mt19937_64& random) const {
  if (fate == Fate::lost) return;
  if (op.kind == Kind::truncate) return file.resize(static_cast<std::size_t>(op.at));
  if (fate == Fate::there) return put(op, 0, op.bytes.size(), file);
  const auto begin = static_cast<std::size_t>(op.at);
  for (std::size_t from = 0; from < op.bytes.size();) {
    const std::size_t size = std::min(sector - (begin + from) % sector, op.bytes.size() - from);
    if (draw(random, 2)) put(op, from, size, file);
    from += size;
  }
}

Image Disk::image(const std::vector<Fate>& fates, std::size_t folder_changes, std::mt19937_64& random) const {
  auto files = files_;
  for (std::size_t i = 0; i < loose_.size(); ++i) apply(*loose_[i], fates[i], files[loose_[i]->inode], random);
  auto names = names_;
  for (const Op* change : std::span(loose_changes_).first(folder_changes)) {
    if (change->kind == Kind::create) names[change->name] = change->inode;
    if (change->kind == Kind::remove) names.erase(change->name);
  }
  Image made;
  for (const auto& [name, inode] : names) made[name] = std::move(files[inode]);
  return made;
}

std::set<std::size_t> cuts(const std::vector<Op>& history, const std::set<std::size_t>& moments) {
  std::set<std::size_t> found = moments;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.kind == Kind::sync || (op.kind == Kind::remove && op.with_folder)) found.insert(i);
  }
  found.insert(history.size());
  return found;
}

}  // namespace omegate::power
