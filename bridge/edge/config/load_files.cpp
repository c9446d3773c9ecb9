#include <algorithm>

#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

constexpr std::pair<std::string_view, FileDownload> downloads[] = {{"never", FileDownload::never},
                                                                   {"tofu", FileDownload::tofu},
                                                                   {"trusted", FileDownload::trusted},
                                                                   {"verified", FileDownload::verified}};

/// A name or an address, as it stands in a URL.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
  });
}

}  // namespace

FileSettings load_files(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  FileSettings files;
  files.max_size = section.number("max_size", 1024, max_file_size, "bytes").value_or(files.max_size);
  files.max_total = section.number("max_total", 1024, max_files_size, "bytes").value_or(files.max_total);
  if (files.max_total < files.max_size && (section.take("max_total") || section.take("max_size")))
    section.fault(section.take("max_total") ? *section.take("max_total") : *section.take("max_size"),
                  "files: max_total is below max_size; no file of that size could be kept");
  files.keep_days = static_cast<unsigned>(section.number("keep_days", 1, max_keep_days, "days").value_or(files.keep_days));
  files.download = section.choice<FileDownload>("download", downloads).value_or(files.download);
  for (const auto& [place, text] : section.texts("private_hosts", "the name of a host")) {
    std::string host = text;
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!is_host(host)) section.wrong(place, "the name of a host, as in upload.example.org");
    files.private_hosts.push_back(std::move(host));
  }
  section.finish();
  return files;
}

}  // namespace omegate::config
