package dev.slipway.system;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.smallrye.config.ConfigMapping;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;

/** The rules of the house, which every module keeps. */
@AnalyzeClasses(packages = "dev.slipway", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseRulesTest {

    @ArchTest
    static final ArchRule aServiceDependsOnNoOtherService = noClasses()
            .that(resideInAnyPackage(
                    "dev.slipway.release..", "dev.slipway.webhook..", "dev.slipway.probe..", "dev.slipway.notify.."))
            .should()
            .dependOnClassesThat(resideInAPackage("dev.slipway.devstack.."));

    @ArchTest
    static final ArchRule servicesMeetOnlyInKafka = slices().matching("dev.slipway.(release|webhook|probe|notify)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule theEnginesCoreKnowsNoFramework = noClasses()
            .that(resideInAPackage("dev.slipway.release.engine.."))
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.quarkus..",
                    "io.smallrye..",
                    "io.vertx..",
                    "jakarta..",
                    "org.hibernate..",
                    "org.jdbi..",
                    "java.sql..",
                    "org.apache.kafka..",
                    "dev.slipway.messaging..",
                    "dev.slipway.http.."));

    @ArchTest
    static final ArchRule theEnginesCoreHasNoClock = noClasses()
            .that(resideInAPackage("dev.slipway.release.engine.."))
            .should()
            .dependOnClassesThat(nameMatching("java\\.time\\.Clock"));

    @ArchTest
    static final ArchRule theContractKnowsNoFramework = noClasses()
            .that(resideInAnyPackage("dev.slipway.event..", "dev.slipway.condition.."))
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.quarkus..",
                    "io.smallrye..",
                    "jakarta..",
                    "org.jdbi..",
                    "org.apache.kafka..",
                    "dev.slipway.messaging.."));

    @ArchTest
    static final ArchRule packagesAreNamedAfterTheDomain = noClasses()
            .should()
            .resideInAnyPackage(
                    "..util..",
                    "..utils..",
                    "..impl..",
                    "..helper..",
                    "..helpers..",
                    "..dto..",
                    "..service..",
                    "..common..",
                    "..misc..");

    @ArchTest
    static final ArchRule classesAreNamedAfterTheDomain = noClasses()
            .that(not(nameMatching(".*_.*")))
            .should()
            .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)");

    @ArchTest
    static final ArchRule theTimeIsAskedOfAClock = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule dependenciesComeByConstructor = noFields().should().beAnnotatedWith(Inject.class);

    @ArchTest
    static final ArchRule clocksAreFinal =
            fields().that().haveRawType(Clock.class).should().beFinal();

    @ArchTest
    static final ArchRule settingsAreTyped = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .haveSimpleNameEndingWith("Config")
            .should()
            .beAnnotatedWith(ConfigMapping.class);
}
