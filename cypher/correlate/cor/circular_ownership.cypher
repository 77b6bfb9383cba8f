// title:       Companies that own each other in a circle
// summary:     A chain of shares leads from a company back to itself.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (LegalEntity)<-[:OWNS]-(LegalEntity)
//              (LegalEntity)-[:OWNS]->{1,5}(LegalEntity)-[:OWNS]->(LegalEntity)
// params:
//              least: float = 5.0 -- the share in percent from which one counts; one that is not known does
// returns:
//              subject: LegalEntity
//              evidence: list<LegalEntity>
//              links: list<link>
//              companies: list<LegalEntity> -- the others in the circle, in order
//              score: float -- more where every share is known
// headline:    {subject} owns itself by way of {companies}
// explanation: In a circle nobody can be named who owns it in the end. Some are left over from mergers; others are
//              made so that capital counts twice, or so that who is behind stays unknown.
// remediation: Ask for the beneficial owner, and do not take the chain of shares for an answer.
// false-positives: Companies hold small shares in each other for friendship: shares below `least` percent close no
//              circle. A company that holds its own shares is no circle.
// references:
//              FATF Recommendation 24
//              FATF Recommendation 25
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&LegalEntity {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND EXISTS { MATCH (subject)<-[held:OWNS]-(:LegalEntity) WHERE held.holds_since IS NOT NULL }
MATCH (subject)-[owns:OWNS WHERE owns.holds_since IS NOT NULL
                            AND coalesce(toFloat(split(owns.share, '-')[0]), 100.0) >= $least]->{1,5}(last:LegalEntity)
MATCH (last)-[closes:OWNS WHERE closes.holds_since IS NOT NULL
                           AND coalesce(toFloat(split(closes.share, '-')[0]), 100.0) >= $least]->(subject)
  // A circle is told once, of its member whose key is the first, and without detours.
WHERE all(step IN owns WHERE endNode(step).key > subject.key)
  AND all(i IN range(1, size(owns) - 1) WHERE none(step IN owns[..i] WHERE startNode(step) = endNode(owns[i])
                                                                        OR endNode(step) = endNode(owns[i])))
RETURN subject, [step IN owns | endNode(step)] AS evidence, [step IN owns | step.id] + [closes.id] AS links,
       [step IN owns | endNode(step)] AS companies,
       CASE WHEN all(step IN owns + [closes] WHERE toFloat(split(step.share, '-')[0]) IS NOT NULL) THEN 0.9 ELSE 0.6 END
       AS score
