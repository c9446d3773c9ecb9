// Which addresses may be reached on somebody's behalf.
#include "bridge/edge/net/address_guard.hpp"

#include <gtest/gtest.h>

namespace {

using namespace omegate::net;

AddressKind kind(const char* text) { return look_at(boost::asio::ip::make_address(text)).kind; }

TEST(AddressGuard, KnowsWhatIsNotPublic) {
  for (const char* text : {"127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                           "100.64.0.1", "100.127.255.255", "::1", "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1",
                           "::ffff:10.1.2.3", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:c0a8:0101::1"}) {
    EXPECT_EQ(kind(text), AddressKind::here) << text;
  }
  for (const char* text : {"0.0.0.0", "0.1.2.3", "169.254.169.254", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9",
                           "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fec0::1",
                           "ff02::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
                           "2001::1", "2001:db8::1", "2001:20::1", "2002:a9fe:a9fe::1", "3fff::1", "4000::1"}) {
    EXPECT_EQ(kind(text), AddressKind::never) << text;
  }
  for (const char* text : {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1",
                           "198.20.0.1", "223.255.255.255", "2a00:1450::1", "2606:4700::1111", "2001:4860::8888",
                           "64:ff9b::808:808"}) {
    EXPECT_EQ(kind(text), AddressKind::everywhere) << text;
  }
}

TEST(AddressGuard, OpensThePrivateOnesOnlyWhereToldTo) {
  const auto at = [](const char* text) { return boost::asio::ip::make_address(text); };
  EXPECT_FALSE(AddressGuard().allows(at("127.0.0.1")));
  EXPECT_TRUE(AddressGuard().allows(at("1.1.1.1")));
  EXPECT_TRUE(AddressGuard(true).allows(at("127.0.0.1")));
  EXPECT_FALSE(AddressGuard(true).allows(at("169.254.169.254")));
  EXPECT_FALSE(AddressGuard(true).allows(at("224.0.0.1")));
}

}  // namespace
