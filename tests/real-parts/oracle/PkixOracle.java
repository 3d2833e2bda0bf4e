import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Says whether a Java server would trust a client's certificates: the JDK's PKIX builder and validator, and after
 * them its check of key usage and extended key usage for TLS clients, behind {@code X509TrustManager}.
 *
 * <p>The argument is the time, in seconds since 1970. A question is a line {@code chain TAB anchors}, each base64 of
 * DER with commas between, the client's own certificate first. Its answer is a line {@code yes} or {@code no TAB reason}.
 */
final class PkixOracle {
    public static void main(String[] args) throws Exception {
        // By default, RSA is weak below 1024 bits only, and SHA-1 only for servers under the JDK's own roots.
        Security.setProperty("jdk.certpath.disabledAlgorithms", "MD2, MD5, SHA1, SHA224, RSA keySize < 2048, DSA");
        Date now = Date.from(Instant.ofEpochSecond(Long.parseLong(args[0])));
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            String[] question = line.split("\t", 2);
            System.out.println(answer(question[0], question[1], now));
        }
    }

    private static String answer(String chain, String anchors, Date now) {
        try {
            trustManager(certificates(anchors), now).checkClientTrusted(certificates(chain), "UNKNOWN");
            return "yes";
        } catch (Exception refused) {
            return "no\t" + reason(refused).replaceAll("\\s+", " ");
        }
    }

    private static X509TrustManager trustManager(X509Certificate[] anchors, Date now) throws Exception {
        Set<TrustAnchor> trusted = new HashSet<>();
        for (X509Certificate anchor : anchors) {
            trusted.add(new TrustAnchor(anchor, null));
        }
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(trusted, new X509CertSelector());
        parameters.setRevocationEnabled(false);
        parameters.setMaxPathLength(-1);
        parameters.setDate(now);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static X509Certificate[] certificates(String list) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        String[] encoded = list.split(",");
        X509Certificate[] certificates = new X509Certificate[encoded.length];
        for (int at = 0; at < encoded.length; at++) {
            byte[] der = Base64.getDecoder().decode(encoded[at]);
            certificates[at] = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
        }
        return certificates;
    }

    /** The innermost reason: those around it say that a path was not found. */
    private static String reason(Throwable refused) {
        while (refused.getCause() != null) {
            refused = refused.getCause();
        }
        return refused.toString();
    }
}
