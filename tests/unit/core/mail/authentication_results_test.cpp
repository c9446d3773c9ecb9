#include "bridge/core/mail/authentication_results.hpp"

#include <gmock/gmock.h>

namespace omegate::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Result = AuthenticationResult;

TEST(AuthenticationResults, AreReadWithCommentsAndProperties) {
  // Source: RFC 8601 appendix B, and what OpenDKIM and Rspamd write.
  EXPECT_THAT(believed_results({" mx.example.org 1;\r\n\tspf=pass (sender (ours) ok; really) smtp.mailfrom=Example.NET;"
                                " dkim/1=pass reason=\"good; signature\" header.i=@example.net header.d=example.net; dmarc=none"},
                               "MX.example.org"),
              ElementsAre(Result{"spf", "pass", "example.net"}, Result{"dkim", "pass", "example.net"}, Result{"dmarc", "none", ""}));
  EXPECT_THAT(believed_results({"mx.example.org; none"}, "mx.example.org"), IsEmpty());
}

// case 201
TEST(AuthenticationResults, OfOthersAreNotBelieved) {
  const std::vector<std::string> forged{"elsewhere.example; dmarc=pass header.from=example.net", "(mx.example.org) x; dmarc=pass",
                                        "mx.example.org.evil.example; dmarc=pass", "\"mx.example.org;\" ; dmarc=pass"};
  EXPECT_THAT(believed_results(forged, "mx.example.org"), ElementsAre(Result{"dmarc", "pass", ""}));
  EXPECT_THAT(believed_results({forged[0], forged[1], forged[2]}, "mx.example.org"), IsEmpty());
  EXPECT_THAT(believed_results({"mx.example.org; dmarc=pass"}, ""), IsEmpty()) << "nobody is named";
}

// case 201
TEST(AuthenticationResults, FurtherDownCannotOutvoteWhatOurServerAdded) {
  const auto results = believed_results({"mx.example.org; dkim=fail header.d=example.net", "mx.example.org; dmarc=fail header.from=example.net",
                                         "mx.example.org; dkim=pass header.d=example.net; dmarc=pass header.from=example.net"},
                                        "mx.example.org");
  EXPECT_THAT(results, ElementsAre(Result{"dkim", "fail", "example.net"}, Result{"dmarc", "fail", "example.net"}));
  EXPECT_EQ(authenticity(results, "example.net"), Authenticity::fail);
}

TEST(AuthenticationResults, ProveTheAuthorsDomainOnly) {
  EXPECT_EQ(authenticity({{"dmarc", "pass", "example.net"}}, "Example.net"), Authenticity::pass);
  EXPECT_EQ(authenticity({{"dmarc", "pass", "evil.example"}}, "example.net"), Authenticity::unknown);
  EXPECT_EQ(authenticity({{"dkim", "pass", "example.net"}}, "mail.example.net"), Authenticity::pass);
  EXPECT_EQ(authenticity({{"dkim", "pass", "evilexample.net"}}, "example.net"), Authenticity::unknown);
  EXPECT_EQ(authenticity({{"dkim", "pass", "ample.net"}}, "example.net"), Authenticity::unknown);
  EXPECT_EQ(authenticity({{"spf", "pass", "example.net"}}, "example.net"), Authenticity::unknown) << "SPF speaks of the envelope";
  EXPECT_EQ(authenticity({{"dkim", "pass", "example.net"}}, ""), Authenticity::unknown);
  EXPECT_EQ(authenticity({}, "example.net"), Authenticity::unknown);
}

}  // namespace
}  // namespace omegate::mail
