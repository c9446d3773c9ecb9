// What one stream hands to the next of the same account.
//
// Not here: the stream itself (stream.hpp).
// Source: XEP-0198 §5.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace omegate::gateway {

/// Lives as long as the account's process does, over all its streams; one stream at a time uses it.
/// Not persistent: after a restart of the process the archive (XEP-0313) fills the gap.
class Resumption {
 public:
  Resumption();
  ~Resumption();
  Resumption(Resumption&&) noexcept;
  Resumption& operator=(Resumption&&) noexcept;

  /// A session is left on the server that the next stream will try to resume.
  bool possible() const;

  /// Forget the session: the next stream binds anew.
  void forget();

  struct State;  // stream_state.hpp, for the stream's own files
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace omegate::gateway
