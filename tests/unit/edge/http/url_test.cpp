// URLs, taken apart strictly.
#include "bridge/edge/http/url.hpp"

#include <gtest/gtest.h>

namespace {

using namespace omegate::http;

std::string fault_of(const std::string& text) {
  try {
    parse_url(text);
  } catch (const std::invalid_argument& failure) {
    return failure.what();
  }
  return "";
}

TEST(Url, IsTakenApart) {
  const Url plain = parse_url("https://Example.ORG");
  EXPECT_EQ(plain, (Url{{true, "example.org", 443}, "/"}));
  EXPECT_EQ(plain.text(), "https://example.org/");
  const Url whole = parse_url("http://127.0.0.1:9093/api/v2?x=1&y=%20#here");
  EXPECT_EQ(whole, (Url{{false, "127.0.0.1", 9093}, "/api/v2?x=1&y=%20"}));
  EXPECT_EQ(whole.origin.authority(), "127.0.0.1:9093");
  EXPECT_EQ(parse_url("https://[2001:DB8::1]:8443?q").text(), "https://[2001:db8::1]:8443/?q");
  EXPECT_EQ(parse_url("http://example.org.:80/").origin.authority(), "example.org");
}

TEST(Url, ThatCouldMeanTwoThingsIsRefused) {
  EXPECT_NE(fault_of("ftp://example.org/"), "");
  EXPECT_NE(fault_of("example.org"), "");
  EXPECT_NE(fault_of("https:///path"), "");
  EXPECT_NE(fault_of("https://user:password@example.org/").find("password"), std::string::npos);
  EXPECT_NE(fault_of("https://good.org@evil.org/"), "");
  EXPECT_NE(fault_of("https://evil.org\\@good.org/"), "");
  EXPECT_NE(fault_of("https://a b.org/"), "");
  EXPECT_NE(fault_of("https://example.org:0/"), "");
  EXPECT_NE(fault_of("https://example.org:65536/"), "");
  EXPECT_NE(fault_of("https://example.org:80x/"), "");
  EXPECT_NE(fault_of("https://[::1/"), "");
  EXPECT_NE(fault_of("https://[::1]x/"), "");
  EXPECT_NE(fault_of("https://example.org/a b"), "");
  EXPECT_NE(fault_of("https://example.org/a\r\nX: y"), "");
  EXPECT_NE(fault_of("https://example.org/\xc3\xa4"), "");
  EXPECT_NE(fault_of("https://b\xc3\xbc" "cher.example/"), "");
  EXPECT_NE(fault_of("https://a..b/"), "");
  EXPECT_NE(fault_of("https://example.org/" + std::string(9000, 'x')), "");
}

TEST(Url, OfARedirectIsResolvedAgainstTheOneBefore) {
  const Url base = parse_url("https://example.org/a/b/c?q=1");
  const auto to = [&](const char* reference) { return resolve(base, reference).text(); };
  EXPECT_EQ(to("/x"), "https://example.org/x");
  EXPECT_EQ(to("x"), "https://example.org/a/b/x");
  EXPECT_EQ(to("../x?y=/../z"), "https://example.org/a/x?y=/../z");
  EXPECT_EQ(to("../../../../x"), "https://example.org/x");
  EXPECT_EQ(to("./"), "https://example.org/a/b/");
  EXPECT_EQ(to(".."), "https://example.org/a/");
  EXPECT_EQ(to("?z"), "https://example.org/a/b/c?z");
  EXPECT_EQ(to("#end"), "https://example.org/a/b/c?q=1");
  EXPECT_EQ(to("//other.org:8443/y"), "https://other.org:8443/y");
  EXPECT_EQ(to("http://other.org"), "http://other.org/");
  EXPECT_THROW(resolve(base, "javascript:alert(1)"), std::invalid_argument);
}

TEST(Url, PartsAreEncoded) { EXPECT_EQ(percent_encode("a b/\xc3\xa4&=~"), "a%20b%2F%C3%A4%26%3D~"); }

}  // namespace
