// The numbers of mail: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::gateway {

/// A client that says nothing for so long is gone. Source: RFC 5321 §4.5.3.2.7 (five minutes at least).
inline constexpr std::chrono::seconds mail_idle_limit{300};

/// One message, from its first to its last byte. Why: a slow line takes a quarter of an hour for a large scan.
inline constexpr std::chrono::seconds mail_data_limit{1800};

/// A TLS handshake, and one writing of replies.
inline constexpr std::chrono::seconds mail_handshake_limit{20}, mail_write_limit{60};

/// What a wrong password costs. Why: a guesser has three of them in one connection.
inline constexpr std::chrono::milliseconds wrong_password_pause{2000};

/// Connections of one listener. Why: Postfix makes twenty to one place.
inline constexpr std::size_t max_mail_connections = 50;

/// Messages that come in at once may fill so many times the size of the largest one. Why: memory.
inline constexpr std::size_t mail_memory_share = 4;

/// After the last reply we read on until the client has seen it: so long, and so many bytes.
inline constexpr std::chrono::seconds mail_linger_limit{2};
inline constexpr std::size_t most_lingering_mail = std::size_t{1} << 20;

/// A failed accept (no descriptors, say) is tried again after this.
inline constexpr std::chrono::milliseconds mail_accept_pause{100};

}  // namespace omegate::gateway
