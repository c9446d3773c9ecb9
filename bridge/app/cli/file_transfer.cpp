#include "bridge/app/cli/file_transfer.hpp"

#include <filesystem>
#include <fstream>
#include <istream>
#include <ostream>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

/// Often enough to look alive.
constexpr std::chrono::milliseconds progress_pause{100};

std::uint64_t size_of(const std::string& path) {
  std::error_code unknown;
  const auto size = fs::file_size(path, unknown);
  return unknown ? 0 : static_cast<std::uint64_t>(size);
}

}  // namespace

std::string size_text(std::uint64_t bytes) { return gateway::size_words(bytes); }

Progress::Progress(Outside& outside, std::string what, std::uint64_t total)
    : outside_(outside), what_(gateway::one_line(what)), total_(total) {}

Progress::~Progress() {
  if (shown_ > 0) outside_.err << '\r' << std::string(shown_, ' ') << '\r' << std::flush;
}

void Progress::at(std::uint64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!outside_.shows_progress || now < next_) return;
  next_ = now + progress_pause;
  std::string line = what_ + ": " + size_text(done);
  if (total_ > 0) line += " of " + size_text(total_) + ", " + std::to_string(done * 100 / total_) + " %";
  const std::size_t length = line.size();
  if (length < shown_) line.append(shown_ - length, ' ');
  outside_.err << '\r' << line << std::flush;
  shown_ = std::max(shown_, length);
}

std::string hand_over(Invocation& invocation, const std::string& path, const std::string& name,
                      const std::string& account) {
  const bool from_input = path == "-";
  std::ifstream file;
  if (!from_input) {
    if (fs::is_directory(path)) throw UsageError(path + " is a folder");
    file.open(path, std::ios::binary);
    if (!file) throw UsageError("cannot read " + path);
  }
  std::istream& in = from_input ? invocation.outside.in : file;
  const std::uint64_t size = from_input ? 0 : size_of(path);
  json::object begin{{"name", !name.empty() ? name : from_input ? "file" : fs::path(path).filename().string()}};
  if (size > 0) begin["size"] = size;
  if (!account.empty()) begin["account"] = account;
  const json::object begun = invocation.ask("file.begin", std::move(begin));
  const std::string token = text(begun, "token");
  Progress progress(invocation.outside, "to the gateway", size);
  Bytes piece(static_cast<std::size_t>(std::max<std::int64_t>(number(begun, "piece"), 1)));
  std::uint64_t done = 0;
  while (in) {
    in.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (got == 0) break;
    invocation.ask("file.append", {{"token", token}, {"data", crypto::to_base64(ByteView(piece).first(got))}});
    progress.at(done += got);
  }
  crypto::wipe(piece);
  if (in.bad()) throw UsageError("cannot read " + (from_input ? std::string("standard input") : path) + " to its end");
  return text(invocation.ask("file.end", {{"token", token}}), "handle");
}

void take_out(Invocation& invocation, const json::object& file, std::ostream& out) {
  const std::string handle = text(file, "handle");
  const auto size = static_cast<std::uint64_t>(number(file, "size"));
  Progress progress(invocation.outside, shown(file, "name"), size);
  for (std::uint64_t offset = 0; offset < size;) {
    const json::object piece = invocation.ask("file.read", {{"file", handle}, {"offset", offset}});
    const auto bytes = crypto::from_base64(text(piece, "data"));
    if (!bytes || bytes->empty()) throw std::runtime_error("the gateway gave no sensible answer; is it of another version?");
    out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    if (!out) throw std::runtime_error("the file cannot be written to its end; is the disk full?");
    progress.at(offset += bytes->size());
  }
}

}  // namespace omegate::app
