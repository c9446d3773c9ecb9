#include "bridge/edge/net/certificate.hpp"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace omegate::net {
namespace {

constexpr std::size_t most_names = 5;  // in an error text
constexpr std::size_t longest_text = 100;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

/// A stranger's bytes for a log line.
std::string printable(std::string_view text) {
  std::string shown(text.substr(0, longest_text));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

std::string content(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return size > 0 ? printable({data, static_cast<std::size_t>(size)}) : std::string();
}

std::string subject_of(const X509& certificate) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_ONELINE);
  return content(*bio);
}

std::string not_after_of(const X509& certificate) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), X509_get0_notAfter(&certificate));
  return content(*bio);
}

std::vector<std::string> dns_names(const X509& certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, Free> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS || names.size() == most_names) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.push_back(printable({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string wrong_name_text(const Verdict& verdict, const std::string& domain) {
  const std::string expected = "The server's certificate does not name " + domain;
  if (verdict.names.empty()) {
    return expected + "; it names no host at all (a common name does not count). " +
           "It needs a subjectAltName of type DNS.";
  }
  return expected + "; it names " + joined(verdict.names) +
         ". Is this the right server? If so, its certificate has to include " + domain + ".";
}

TlsFailure::Reason reason_of(int error) {
  using Reason = TlsFailure::Reason;
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Reason::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Reason::not_yet_valid;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return Reason::unknown_issuer;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Reason::wrong_name;
    case X509_V_ERR_INVALID_PURPOSE:
      return Reason::wrong_purpose;
    default:
      return Reason::bad_certificate;
  }
}

}  // namespace

void note(X509_STORE_CTX& chain, Verdict& verdict) {
  if (verdict.is_bad()) return;
  verdict.error = X509_STORE_CTX_get_error(&chain);
  if (const X509* faulty = X509_STORE_CTX_get_current_cert(&chain)) {
    verdict.subject = subject_of(*faulty);
    verdict.not_after = not_after_of(*faulty);
  }
  if (const X509* own = X509_STORE_CTX_get0_cert(&chain)) verdict.names = dns_names(*own);
}

TlsFailure explain(const Verdict& verdict, const std::string& domain) {
  using Reason = TlsFailure::Reason;
  const std::string whose = " (" + verdict.subject + ")";
  const Reason reason = reason_of(verdict.error);
  switch (reason) {
    case Reason::expired:
      return {reason, "The certificate of " + domain + " has expired on " + verdict.not_after + whose +
                          ". The server's operator has to renew it; also check this machine's clock."};
    case Reason::not_yet_valid:
      return {reason,
              "The certificate of " + domain + " is not valid yet" + whose + ". Check this machine's clock."};
    case Reason::unknown_issuer:
      return {reason, "The certificate of " + domain + " was not issued by an authority this machine knows" +
                          whose +
                          ". If the server has an authority of its own, set ca_file to its certificate."};
    case Reason::wrong_name:
      return {reason, wrong_name_text(verdict, domain)};
    case Reason::wrong_purpose:
      return {reason, "The certificate of " + domain + " is not meant for servers" + whose +
                          ": its extendedKeyUsage lacks serverAuth."};
    default:
      return {reason, "The certificate of " + domain + " is not acceptable" + whose + ": " +
                          X509_verify_cert_error_string(verdict.error) + "."};
  }
}

std::optional<Bytes> end_point_hash(const X509& certificate) {
  int digest = NID_undef;
  if (X509_get_signature_info(const_cast<X509*>(&certificate), &digest, nullptr, nullptr, nullptr) != 1)
    return {};
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  const EVP_MD* hash = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  if (!hash) return {};
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(hash)));
  unsigned size = 0;
  if (X509_digest(&certificate, hash, out.data(), &size) != 1) return {};
  return out;
}

}  // namespace omegate::net
