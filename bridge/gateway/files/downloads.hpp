// Fetches files that somebody here wants: streamed, decrypted and verified on the way into the spool.
//
// An actor on its own strand, for all accounts. A file is there only when its tag, its size and its hashes fit; of
// one that fails nothing stays. Not here: which files are wanted (received_files.hpp, operator_files.cpp).
// Source: XEP-0454 §4, XEP-0448 §3.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_record.hpp"
#include "bridge/gateway/files/file_side.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

class Downloads {
 public:
  /// `ca_file`: what an account trusts besides the system's authorities; from any thread. `on_end`: a file is here, or
  /// will not come. All outlives it.
  Downloads(asio::any_io_executor strand, Context& context, FileDesk& desk, net::Names& names,
            std::function<std::string(store::AccountId)> ca_file, std::function<void()> on_end)
      : context_(context), desk_(desk), names_(names), ca_file_(std::move(ca_file)), on_end_(std::move(on_end)),
        first_(strand), second_(strand) {}

  /// Works until cancelled.
  asio::awaitable<void> run();

  /// From any thread: a file is wanted.
  void kick() const {
    first_.notify();
    second_.notify();
  }

 private:
  struct Failure {
    std::string reason;
    bool may_pass = false;  // trying again may help
  };

  asio::awaitable<void> work(Signal& signal);
  asio::awaitable<void> work_on(Signal& signal);
  asio::awaitable<void> fetch(store::StoredFile file);
  asio::awaitable<std::optional<Failure>> fetch_from(const xmpp::FileSource& source, const store::StoredFile& file,
                                                     const FileRecord& record);
  asio::awaitable<std::optional<Failure>> keep(const store::StoredFile& file, FileRecord record, files::SpoolFile content);

  Context& context_;
  FileDesk& desk_;
  net::Names& names_;
  std::function<std::string(store::AccountId)> ca_file_;
  std::function<void()> on_end_;
  std::set<store::FileId> under_way_;
  Signal first_, second_;
};

}  // namespace omegate::gateway
