#include "bridge/gateway/files/received_files.hpp"

#include <algorithm>

#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/files/file_record.hpp"

namespace omegate::gateway {
namespace {

/// The body for clients that know no files: marked as such, or a link to one of them.
bool is_fallback(const std::string& text, const std::vector<xmpp::SharedFile>& files, const xmpp::Annotations& annotations) {
  const bool marked = std::any_of(annotations.fallbacks.begin(), annotations.fallbacks.end(), [](const auto& each) {
    return each.space == xmpp::ns::file_sharing && !each.body.empty() && each.body.front() == xmpp::TextRange{};
  });
  if (marked) return true;
  const auto link = xmpp::parse_aesgcm(text);
  const std::string url = link ? link->url : text;
  return std::any_of(files.begin(), files.end(), [&](const xmpp::SharedFile& file) {
    return std::any_of(file.sources.begin(), file.sources.end(), [&](const auto& source) { return source.url == url; });
  });
}

bool may_fetch(plugin::TrustLevel level, config::FileDownload download) {
  switch (download) {
    case config::FileDownload::never: return false;
    case config::FileDownload::tofu: return level >= plugin::TrustLevel::tofu;
    case config::FileDownload::trusted: return level >= plugin::TrustLevel::trusted;
    case config::FileDownload::verified: return level >= plugin::TrustLevel::verified;
  }
  return false;
}

std::string why_not(const store::StoredFile& file, plugin::TrustLevel level, const config::FileSettings& settings) {
  if (!may_fetch(level, settings.download)) return "files of keys so little trusted are not fetched (files.download)";
  if (file.size > settings.max_size) return "it has " + size_words(file.size) + ", and files.max_size is below";
  return {};
}

}  // namespace

Said said_in_legacy(std::string_view plaintext, const xmpp::Annotations& annotations) {
  Said said{{std::string(plaintext), annotations}, {}};
  auto file = xmpp::file_in_text(plaintext);
  if (!file) return said;
  said.files.push_back(std::move(*file));
  said.content.text.reset();
  return said;
}

Said said_in_envelope(const xmpp::Envelope& envelope) {
  Said said{{envelope.body(), xmpp::read_annotations(envelope.content)}, xmpp::read_shared_files(envelope.content)};
  if (!said.content.text) return said;
  if (said.files.empty()) {  // a client that writes links in both versions
    auto file = xmpp::file_in_text(*said.content.text);
    if (!file) return said;
    said.files.push_back(std::move(*file));
    said.content.text.reset();
  } else if (is_fallback(*said.content.text, said.files, said.content.annotations)) {
    said.content.text.reset();
  }
  return said;
}

std::vector<plugin::File> note_offered(store::Tables& tables, store::AccountId account, const std::string& from,
                                       const std::vector<xmpp::SharedFile>& files, WallTime expires, WallTime now) {
  std::vector<plugin::File> noted;
  for (const xmpp::SharedFile& file : files) {
    const auto id = tables.files.add(offered_file(account, from, file, expires), now);
    noted.push_back(as_seen(tables.files.find(id).value()));
  }
  if (!files.empty()) tables.files.forget_offers(max_offered_files);
  return noted;
}

std::optional<FilesOfEvent> look_at_files(store::Tables& tables, std::string_view payload,
                                          const config::FileSettings& settings, WallTime now) {
  auto message = plugin::parse_message(payload);
  if (!message || message->files.empty()) return std::nullopt;
  FilesOfEvent event;
  std::optional<WallTime> begun;
  for (plugin::File& file : message->files) {
    auto stored = tables.files.find(file.handle);
    if (!stored) {
      file.state = "gone";
      continue;
    }
    const std::string obstacle = why_not(*stored, message->trust, settings);
    if (stored->state == store::FileState::offered && obstacle.empty() && tables.files.want(stored->id, now)) {
      event.wanted = true;
      stored = tables.files.find(stored->id);
    }
    file = as_seen(*stored);
    if (stored->state == store::FileState::offered) file.reason = obstacle;
    if (stored->state == store::FileState::wanted && now - stored->changed < file_patience)
      begun = std::min(begun.value_or(stored->changed), stored->changed);
    if (stored->state == store::FileState::wanted) file.reason = "it did not come in time";
  }
  if (begun) {
    event.look_again = now + std::clamp<std::chrono::milliseconds>((now - *begun) / 2, first_file_look, last_file_look);
  } else {
    event.payload = plugin::with_files(payload, message->files).value();
  }
  return event;
}

plugin::File as_seen(const store::StoredFile& stored) {
  const FileRecord record = decode_file(stored.details);
  return {stored.handle, record.file.name, record.file.media_type, stored.size, std::string(store::name(stored.state)),
          record.reason};
}

}  // namespace omegate::gateway
