// Lookups against a name server in this process.
#include "bridge/edge/net/dns.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <map>

#include "bridge/edge/net/race.hpp"

namespace {

using namespace omegate;
using namespace omegate::net;
using namespace std::chrono_literals;
using asio::ip::udp;
using Outcome = SrvAnswer::Outcome;

std::string number(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 255)}; }

std::string encoded_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + '\0';
}

std::string srv(unsigned priority, unsigned weight, unsigned port, std::string_view target) {
  return number(priority) + number(weight) + number(port) + encoded_name(target);
}

struct Reply {
  unsigned code = 0;                   // 2: SERVFAIL, 3: NXDOMAIN
  std::vector<std::string> records{};  // rdata of the type that was asked for
  bool never = false;
};

/// Answers by name and type ("33 _xmpp-client._tcp.example.org"); unknown names do not exist.
class NameServer {
 public:
  explicit NameServer(asio::io_context& context) : socket_(context, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(context, serve(), asio::detached);
  }
  std::string address() { return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port()); }

  std::map<std::string, Reply> zone;
  int asked = 0;

 private:
  asio::awaitable<void> serve() {
    for (;;) {
      std::array<char, 512> query{};
      udp::endpoint from;
      const std::size_t size =
          co_await socket_.async_receive_from(asio::buffer(query), from, asio::use_awaitable);
      ++asked;
      const std::string reply = answer({query.data(), size});
      if (!reply.empty()) co_await socket_.async_send_to(asio::buffer(reply), from, asio::use_awaitable);
    }
  }

  std::string answer(std::string_view query) const {
    const std::size_t name_end = query.find('\0', 12);
    std::string name;
    for (std::size_t at = 12; at < name_end; at += 1u + static_cast<unsigned char>(query[at])) {
      name += (name.empty() ? "" : ".");
      name += query.substr(at + 1, static_cast<unsigned char>(query[at]));
    }
    const auto type = static_cast<unsigned char>(query[name_end + 2]);
    const auto known = zone.find(std::to_string(type) + " " + name);
    const Reply reply = known == zone.end() ? Reply{3} : known->second;
    if (reply.never) return {};
    std::string out = std::string(query.substr(0, 2)) + number(0x8180 | reply.code) + number(1) +
                      number(static_cast<unsigned>(reply.records.size())) + number(0) + number(0);
    out += query.substr(12, name_end + 5 - 12);
    for (const std::string& record : reply.records) {
      out += number(0xc00c) + number(type) + number(1) + std::string(4, '\0') +
             number(static_cast<unsigned>(record.size())) + record;
    }
    return out;
  }

  udp::socket socket_;
};

struct DnsTest : testing::Test {
  asio::io_context context;
  NameServer server{context};
  Dns dns{{.limit = 200ms, .servers = server.address()}};

  template <class Value>
  Value run(asio::awaitable<Value> work) {
    auto result = asio::co_spawn(context, std::move(work), asio::use_future);
    while (result.wait_for(0s) != std::future_status::ready) context.run_one();
    return result.get();
  }
};

TEST_F(DnsTest, ReadsServiceRecords) {
  server.zone["33 _x._tcp.example.org"] = {
      0, {srv(5, 10, 5222, "a.example.org"), srv(6, 0, 443, "b.example.org")}};
  const SrvAnswer answer = run(dns.services("_x._tcp.example.org"));
  EXPECT_EQ(answer.outcome, Outcome::found);
  ASSERT_EQ(answer.records.size(), 2u);
  EXPECT_EQ(answer.records[0].target, "a.example.org");
  EXPECT_EQ(answer.records[0].priority, 5);
  EXPECT_EQ(answer.records[0].weight, 10);
  EXPECT_EQ(answer.records[1].port, 443);
}

TEST_F(DnsTest, ReadsThatAServiceIsNotOffered) {
  server.zone["33 _x._tcp.example.org"] = {0, {srv(0, 0, 0, "")}};
  const SrvAnswer answer = run(dns.services("_x._tcp.example.org"));
  ASSERT_EQ(answer.records.size(), 1u);
  EXPECT_EQ(answer.records[0].target, "");
}

// case 2
TEST_F(DnsTest, TellsAbsenceFromFailureFromSilence) {
  server.zone["33 empty"] = {0, {}};
  server.zone["33 broken"] = {2, {}};
  server.zone["33 dropped"] = {.never = true};
  EXPECT_EQ(run(dns.services("nowhere")).outcome, Outcome::absent);
  EXPECT_EQ(run(dns.services("empty")).outcome, Outcome::absent);
  EXPECT_EQ(run(dns.services("broken")).outcome, Outcome::failed);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run(dns.services("dropped")).outcome, Outcome::silent);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);  // bounded by its limit
}

TEST_F(DnsTest, FindsAddressesOfBothFamilies) {
  server.zone["1 host.example.org"] = {0, {std::string("\x7f\0\0\x05", 4)}};
  server.zone["28 host.example.org"] = {0, {std::string(15, '\0') + '\1'}};
  auto addresses = run(dns.addresses("host.example.org"));
  std::sort(addresses.begin(), addresses.end());
  EXPECT_EQ(addresses, (std::vector{asio::ip::make_address("127.0.0.5"), asio::ip::make_address("::1")}));
}

TEST_F(DnsTest, KnowsLiteralsAndTheHostsFileWithoutAsking) {
  EXPECT_EQ(run(dns.addresses("192.0.2.7")), std::vector{asio::ip::make_address("192.0.2.7")});
  EXPECT_FALSE(run(dns.addresses("localhost")).empty());
  EXPECT_EQ(server.asked, 0);
}

TEST_F(DnsTest, HasNoAddressForAnUnknownHost) {
  EXPECT_TRUE(run(dns.addresses("nowhere.example.org")).empty());
}

class Zeros : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

TEST_F(DnsTest, AsksForBothServicesOfADomain) {
  server.zone["33 _xmpps-client._tcp.example.org"] = {0, {srv(5, 0, 5223, "tls.example.org")}};
  server.zone["33 _xmpp-client._tcp.example.org"] = {0, {srv(9, 0, 5222, "plain.example.org")}};
  Zeros random;
  const Candidates found = run(find_targets(dns, "example.org", random));
  EXPECT_EQ(found.targets,
            (std::vector<Target>{{"tls.example.org", 5223, true}, {"plain.example.org", 5222, false}}));
}

asio::awaitable<void> look_up(Dns& dns, std::string service) { co_await dns.services(std::move(service)); }

TEST_F(DnsTest, EndsALookupThatIsCancelled) {
  server.zone["33 dropped"] = {.never = true};
  Dns patient({.limit = 1h, .servers = server.address()});
  EXPECT_THROW(run(within(20ms, look_up(patient, "dropped"))), boost::system::system_error);
}

}  // namespace
